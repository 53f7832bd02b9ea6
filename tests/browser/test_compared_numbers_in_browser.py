"""What the page that compares computes: the numbers and verdicts of `relaybench compare`, over the same home."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from pytest_relaybench.home import Home
from pytest_relaybench.render import format as texts
from pytest_relaybench.run_comparison.asking import Told
from pytest_relaybench.run_comparison.matching import parse_by
from tests.browser.comparing import told_by_command
from tests.subsystems.sample_compared import NIGHTS, compared_run


@pytest.fixture
def page(compare_page: Page) -> Page:
    """The page as a double click opens it, in place of an empty one."""
    return compare_page


COMPUTED = """async ([base, candidate, across, by, x, y]) => {
  const { index, load, compareRuns, compareWithin, meansOf } = RB.compare;
  const runs = [base, candidate].map(id => index.byId.get(id));
  await load(runs);
  const told = by ? compareWithin(runs[0], by, x, y) : compareRuns(runs[0], runs[1], across);
  const plain = value => JSON.parse(JSON.stringify(value));
  return plain({ ...told, means: meansOf(told.series, index.rule) });
}"""


def computed(page: Page, *asked: Any) -> dict[str, Any]:
    """What the page makes of it: series, only, remarks, means."""
    answer: dict[str, Any] = page.evaluate(COMPUTED, list(asked))
    return answer


def compare_with_command(told: Told, answer: dict[str, Any]) -> int:
    """Every row, side by side; how many there were."""
    rows = {_key(row): row for row in answer["series"]}
    assert len(rows) == len(answer["series"]) == len(told.compared.series)
    for expected in told.compared.series.to_dict("records"):
        row = rows[_key(expected)]
        for name in ("kind", "changed", "way", "reason", "unit", "direction"):
            assert row[name] == expected[name], (name, expected)
        for name in ("base", "candidate", "ratio", "low", "high"):
            assert _number(row[name]) == pytest.approx(expected[name], rel=3e-7, nan_ok=True), (name, expected)
    only = [_series(one) for one in answer["only"]]
    expected_only = [*told.compared.only_base, *told.compared.only_candidate]
    assert sorted(only) == sorted(one.series for one in expected_only)
    return len(rows)


def _key(row: Any) -> tuple[str, ...]:
    base = [row.get("base_variant") or row.get("baseVariant"), row.get("base_params") or row.get("baseParams")]
    return (*(str(row[name]) for name in ("experiment", "test", "params", "metric", "variant", "machine")), *base)


def _series(row: Any) -> tuple[str, ...]:
    return tuple(row[name] for name in ("experiment", "test", "params", "metric", "variant", "machine"))


def _number(value: float | None) -> float:
    return math.nan if value is None else value


PAIRS = [
    (NIGHTS - 2, NIGHTS - 1),
    (NIGHTS - 1, NIGHTS - 2),
    (NIGHTS - 8, NIGHTS - 1),
    (0, NIGHTS - 1),
    (3, 9),
    (30, 34),
]


def test_two_runs_are_judged_as_by_the_command(page: Page, compared_home: Home) -> None:
    """Pairs, ratios, intervals, verdicts and reasons of every series, for runs next to each other and far apart."""
    seen: set[str] = set()
    for base, candidate in PAIRS:
        names = compared_run(base), compared_run(candidate)
        told, answer = told_by_command(compared_home, *names), computed(page, *names, False, "", "", "")
        assert compare_with_command(told, answer) >= 30
        called = [line.replace(names[0], "base").replace(names[1], "candidate") for line in told.before]
        assert answer["remarks"] == called
        seen |= {row["word"] for row in answer["series"]} | {row["reason"] for row in answer["series"]}
        seen |= {row["way"] for row in answer["series"]}
    assert {"slower", "faster", "same", "unsure", "changed", "history", "deterministic"} <= seen
    for reason in ("not positive", "fewer than 8", "measured in s and in ms", "neither way is better"):
        assert any(reason in one for one in seen)


def test_machines_are_compared_only_when_asked(page: Page, compared_home: Home) -> None:
    """As by `--across-machines`; without it nothing is, and both say why."""
    names = compared_run(20), compared_run(NIGHTS - 1)
    apart = computed(page, *names, False, "", "", "")
    assert compare_with_command(told_by_command(compared_home, *names), apart) == 0
    assert "different machines" in apart["remarks"][0]
    across = computed(page, *names, True, "", "", "")
    assert compare_with_command(told_by_command(compared_home, *names, across_machines=True), across) >= 30


BYS = ("engine:relax,onnxruntime", "engine:torch,relax", "variant:installed,git:fast", "size:64,256", "half:true,false")


def test_two_values_of_one_run_are_judged_as_by_the_command(page: Page, compared_home: Home) -> None:
    """As by `--by`: cases are paired by everything else."""
    name = compared_run(NIGHTS - 1)
    for by in map(parse_by, BYS):
        answer = computed(page, name, name, False, by.dimension, by.base, by.candidate)
        assert compare_with_command(told_by_command(compared_home, name, name, by=by), answer) >= 4


def test_means_are_those_of_the_command(page: Page, compared_home: Home) -> None:
    """The same numbers; the interval, drawn with another sequence of random numbers, within a quarter of its width."""
    names = compared_run(3), compared_run(9)
    means = computed(page, *names, False, "", "", "")["means"]
    told = told_by_command(compared_home, *names).compared
    single = {(mean["experiment"], mean["metric"]): mean for mean in means["single"]}
    expected = [mean for mean in told.means.to_dict("records") if mean["series"]]
    assert len(single) == len(expected)
    for mean in expected:
        found = single[mean["experiment"], mean["metric"]]
        assert (found["ratio"], found["series"]) == (pytest.approx(mean["ratio"], rel=1e-7), mean["series"])
        width = mean["high"] - mean["low"]
        for end in ("low", "high"):
            assert _number(found[end]) == pytest.approx(mean[end], abs=0.25 * width, nan_ok=True)
    assert any(math.isfinite(mean["low"]) for mean in expected)
    whole = {mean["metric"]: mean for mean in means["whole"]}
    assert not set(whole) - set(told.means["metric"])


def test_numbers_are_written_as_by_the_other_pages(page: Page) -> None:
    """Letter by letter what render/format.py writes, also of numbers that lie just between two."""
    random = np.random.default_rng(0)
    values = [
        0,
        -1,
        2.5,
        12.25,
        0.125,
        1235e9,
        1234.5,
        999.5,
        59.5,
        3599.5,
        1e-12,
        123456789.5,
        -12.25,
        3.0517578125e-05,
    ]
    values += [*np.exp(random.uniform(-25, 25, 500)).tolist(), *(random.integers(0, 8000, 300) / 8).tolist()]
    ratios = random.normal(1, 0.03, 300).tolist()
    calls = [
        *(("numberText", [v], texts.number_text(v)) for v in values),
        *(("ratioText", [v], texts.ratio_text(v)) for v in values),
        *(("durationText", [v], texts.duration_text(v)) for v in values),
        *(("valueText", [v, u], texts.value_text(v, u)) for v in values for u in ("s", "B", "FLOP/s", "count", "%")),
        *(("changeText", [v, "higher"], texts.change_text(v, "higher")) for v in [*ratios, *values]),
        *(("hashText", [h], texts.hash_text(h)) for h in ("0.27.0+g7b5acb32b1234", "a" * 40, "0.26.0")),
        ("valueText", [None, "s"], texts.NO_VALUE),
    ]
    written = page.evaluate("calls => calls.map(([name, args]) => RB.numbers[name](...args))", [c[:2] for c in calls])
    assert [(c[0], c[1], w) for c, w in zip(calls, written, strict=True)] == [(c[0], c[1], c[2]) for c in calls]
