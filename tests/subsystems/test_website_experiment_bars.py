"""The comparison on an experiment's page: what stands beside each other, how long its bars are, what is absent."""

from __future__ import annotations

import html
import importlib
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pytest_relaybench.history.records import TestOutcome
from pytest_relaybench.history.table import COLUMNS
from tests.subsystems.loading import load

PACKAGE = load("website").__name__
bars, bar_scale, absent = (
    importlib.import_module(f"{PACKAGE}.experiment.{name}") for name in ("bars", "bar_scale", "absent")
)
series = importlib.import_module(f"{PACKAGE}.series")
NIGHTS = ("20261121T030000.000000Z", "20261122T030000.000000Z")

Case = tuple[dict[str, Any], float]  # parameters and tonight's value, NaN where tonight has none


def history(cases: list[Case], *, direction: str = "lower", variants: tuple[str, ...] = ("installed",)) -> Any:
    """Two nights of one metric; a case without a value tonight had 1 the night before."""
    rows = [
        {**dict.fromkeys(COLUMNS, 1.0), "run_id": night, "experiment": "e", "test": "test_infer", "metric": "time",
         "n": 5, "params": json.dumps(params, sort_keys=True), "unit": "s", "direction": direction, "variant": variant,
         "tvm_hash": variant, "machine": "m", "derived": False, "value": 1.0 if night == NIGHTS[0] else value}
        for night in NIGHTS
        for params, value in cases
        for variant in variants
        if night == NIGHTS[0] or not math.isnan(value)
    ]  # fmt: skip
    return series.history_of(pd.DataFrame(rows, columns=COLUMNS))


def grid(**values: float) -> list[Case]:
    """`resnet_relax=1.0` → network resnet on engine relax."""
    split = ((name.split("_"), value) for name, value in values.items())
    return [({"network": network, "engine": engine}, value) for (network, engine), value in split]


def test_engines_stand_beside_each_other_for_each_network() -> None:
    """In the engines' usual order, whatever their place in the table; the best is told, the others are multiples."""
    table = bars.bars_of(history(grid(vgg_numpy=0.3, vgg_relax=0.2, res_numpy=0.1, res_relax=0.4)), "time")
    assert (table.hue, table.row) == ("engine", "network")
    assert {group.name: [bar.hue for bar in group.bars] for group in table.groups} == {
        "res": ["relax", "numpy"],
        "vgg": ["relax", "numpy"],
    }
    vgg = next(group for group in table.groups if group.name == "vgg")
    assert [(bar.text, bar.ratio, bar.is_best) for bar in vgg.bars] == [
        ("200 ms", "", True),
        ("300 ms", "×1.50", False),
    ]


def test_where_higher_is_better_the_best_is_the_highest() -> None:
    """Where all are equal none is; nothing is no multiple; and without a direction there is no best."""
    higher = bars.bars_of(history(grid(a_x=2.0, a_y=1.0), direction="higher"), "time").groups[0].bars
    assert [(bar.ratio, bar.is_best) for bar in higher] == [("", True), ("×0.50", False)]
    equal = bars.bars_of(history(grid(a_x=1.0, a_y=1.0, b_x=0.0, b_y=2.0), direction="higher"), "time")
    told = [(bar.ratio, bar.is_best) for group in equal.groups for bar in group.bars]
    assert told == [("", False), ("", False), ("", False), ("", True)]
    neutral = bars.bars_of(history(grid(a_x=2.0, a_y=1.0), direction="neutral"), "time")
    assert not neutral.has_ratios
    assert "no direction" in neutral.words


def test_variants_are_compared_where_there_are_no_engines() -> None:
    """Before any parameter of the author's."""
    cases = [({"level": level}, 1.0 + level) for level in (0, 3)]
    table = bars.bars_of(history(cases, variants=("installed", "git:main")), "time")
    assert (table.hue, table.row) == ("variant", "level")
    assert [group.name for group in table.groups] == ["level 0", "level 3"]


def test_one_parameter_makes_one_bar_each_and_no_best() -> None:
    """A larger size is not a worse one; numbers keep their order."""
    table = bars.bars_of(history([({"size": size}, size / 10) for size in (64, 256, 1024)]), "time")
    assert (table.hue, table.has_ratios) == ("", False)
    assert [(group.name, group.bars[0].length) for group in table.groups] == [
        ("size 64", 6.25),
        ("size 256", 25.0),
        ("size 1024", 100.0),
    ]


@pytest.mark.parametrize("cases", [[], grid(a_x=1.0), grid(a_x=1.0, b_x=math.nan)])
def test_less_than_two_values_are_no_comparison(cases: list[Case]) -> None:
    """Nor is a metric that nobody measured."""
    found = history(cases) if cases else series.History()
    assert bars.bars_of(found, "time") is None


def test_values_in_several_units_share_no_scale() -> None:
    """As after a test began to count in another one."""
    found = history(grid(a_x=1.0, a_y=2.0))
    first, second = found.series
    other = type(found)(found.nights, (first, replace(second, unit="B")))
    assert bars.bars_of(found, "time") is not None
    assert bars.bars_of(other, "time") is None


def test_bars_begin_at_zero_until_they_span_too_much() -> None:
    """From twentyfold on each line is a power of ten, and it says so; what is not positive has no logarithm."""
    linear = bar_scale.scale_of([0.01, 0.2], "s")
    assert (linear.length(0.2), linear.length(0.01), linear.words) == (100.0, 5.0, "linear scale from 0")
    log = bar_scale.scale_of([0.002, 0.2], "s")
    assert log.words == "logarithmic scale, 1 ms to 200 ms, each line ten times the one before"
    assert log.length(0.02) - log.length(0.002) == pytest.approx(log.step, abs=0.02)
    assert bar_scale.scale_of([1e-3, 1.0], "s").low == pytest.approx(1e-4)  # the smallest bar can be seen
    assert not bar_scale.scale_of([0.0, 5.0], "s").is_log
    assert bar_scale.scale_of([0.0, 0.0], "s").length(0.0) > 0


def outcome(kind: str, message: str, *, test: str = "test_infer", **params: Any) -> TestOutcome:
    """A test that did not pass; `test` is empty as in records of before."""
    name = f"bench/test_e.py::test_infer[{'-'.join(map(str, params.values()))}]"
    return TestOutcome(name, kind, 0.1, message, test, params if test else {})  # type: ignore[arg-type]


def test_what_has_no_value_says_why_and_what_it_was() -> None:
    """An engine that was never measured stands there with the reason, too."""
    tests = [
        outcome("failed", "differs from torch\n  by 0.3", network="res", engine="relax"),
        outcome("skipped", "needs onnx", network="vgg", engine="onnxruntime"),
        outcome("skipped", "of another test", test="test_other", network="vgg", engine="tf"),
    ]
    cases = grid(vgg_relax=0.2, vgg_numpy=0.3, res_relax=math.nan, res_numpy=0.1)
    table = bars.bars_of(history(cases), "time", tests)
    told = {(group.name, bar.hue): bar.absent for group in table.groups for bar in group.bars if bar.absent}
    assert told == {
        ("res", "relax"): "failed: differs from torch; last 1 s on 2026-11-21",
        ("vgg", "onnxruntime"): "skipped: needs onnx",
        ("res", "onnxruntime"): "not measured",
    }


def test_records_of_before_tell_by_the_name_of_the_test() -> None:
    """A label counts only as a whole: O1 is not O10."""
    cases = [
        ({"network": "a", "engine": engine}, value) for engine, value in (("O1", math.nan), ("O2", 1.0), ("O3", 2.0))
    ]
    tests = [
        outcome("failed", "wrong one", test="", network="a", engine="O10"),
        outcome("failed", "right one", test="", network="a", engine="O1"),
    ]
    table = bars.bars_of(history(cases), "time", tests)
    assert table.groups[0].bars[0].absent.startswith("failed: right one")


def test_empty_places_of_a_sparse_grid_are_no_news() -> None:
    """Where every test has its own values of a parameter nothing is missing."""
    cases = [({"network": f"n{i}", "engine": f"e{i}"}, 1.0) for i in range(6)]
    table = bars.bars_of(history(cases), "time")
    assert all(not bar.absent for group in table.groups for bar in group.bars)


def test_many_bars_are_folded_and_too_many_left_to_the_csv() -> None:
    """Groups stay whole."""
    table = bars.bars_of(history([({"op": f"op{i}", "engine": e}, 1.0 + i) for i in range(200) for e in "abc"]), "time")
    counts = [sum(len(group.bars) for group in groups) for groups in (table.groups, table.folded)]
    assert counts == [39, 261]
    assert (table.folded_words, table.left_out) == ("261 more bars", 300)


def test_the_page_shows_the_comparison_as_a_table(site: Path) -> None:
    """Everything can be read without seeing a bar; an engine that failed tonight says so."""
    page = (site / "experiments" / "cnn_comp.html").read_text(encoding="utf-8")
    told = page.split('id="comparison"')[1].split("</table>")[0]
    text = html.unescape(re.sub(r"<[^>]+>", " ", told))
    assert "failed: MeasurementError: onnxruntime differs from torch; last 20.1 ms on 2026-11-21" in text
    assert told.count("<rect") == 6
    assert told.count('scope="row"') == 8
    assert "linear scale from 0" in text


def test_labels_of_bars_are_text(site: Path) -> None:
    """Also those of the attack, whose builds are compared."""
    page = (site / "experiments" / "attack.html").read_text(encoding="utf-8")
    told = page.split('id="comparison"')[1].split("</table>")[0]
    assert "onerror=window" in told
    assert "<img" not in told
    assert "<script" not in told
