"""The page that compares: its data files, which the browser computes from, and what it says without a script."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.home import Home
from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.run_comparison.asking import Request, compare_sides
from pytest_relaybench.run_comparison.selecting import LOOKED_BACK, choose_side
from pytest_relaybench.run_comparison.sources import home_source
from pytest_relaybench.run_comparison.spread import Spreads
from subsystems.website.compare.measurements import NEEDED, Measurements, in_arrays
from subsystems.website.compare.months import Builds, Month, add_builds, cut_of, month_of_cuts
from subsystems.website.compare.page import compare
from subsystems.website.compare.spreads import nightly_spreads
from subsystems.website.site import site_of
from tests.subsystems.sample_compared import NIGHTS, compared_run, make_compared_home
from tests.subsystems.sample_home import dashboard_of, make_home

BEGIN = datetime(2026, 1, 1, 3, tzinfo=UTC)


def rows_of(nights: int, *, seed: int = 0, every: int = 1, **told: Any) -> pd.DataFrame:
    """A value on every so-manieth of so many nights, as the table has them; keywords replace columns."""
    random = np.random.default_rng(seed)
    rows = [
        {
            "run_id": f"{BEGIN + timedelta(days=night):%Y%m%dT%H%M%S.%f}Z",
            "timestamp": pd.Timestamp(BEGIN + timedelta(days=night)),
            "experiment": "demo", "test": "test_run", "params": f'{{"seed": {seed}}}', "metric": "time",
            "variant": "installed", "machine": "m1", "unit": "s", "direction": "lower", "deterministic": False,
            "tvm_hash": "0.27.0", "value": float(np.exp(random.normal(0, 0.01))),
            **told,
        }
        for night in range(0, nights, every)
    ]  # fmt: skip
    return pd.DataFrame(rows)[NEEDED]


def together(*frames: pd.DataFrame) -> Measurements:
    """The measurements in these rows, in the order that the table gives."""
    rows = pd.concat(frames, ignore_index=True).sort_values(["run_id", *SERIES_COLUMNS], ignore_index=True)
    return in_arrays(rows, sorted(rows["run_id"].unique()))


def months_of(found: Measurements) -> list[Month]:
    """Every month of an experiment alone."""
    cut = cut_of(found, nightly_spreads(found), {run: f"{run[:4]}-{run[4:6]}" for run in found.runs})
    builds: Builds = {}
    add_builds(builds, found)
    return [month_of_cuts(name, found.runs, [cut], builds) for name in cut.parts]


def arguments(content: bytes) -> list[Any]:
    """What a data file hands to its function."""
    text = content.decode()
    return list(json.loads(f"[{text[text.index('(') + 1 : text.rindex(')')]}]"))


@pytest.mark.parametrize("nights", [5, 8, 12, 29, 30, 31, 60, 200])
def test_spreads_are_those_of_the_command(nights: int) -> None:
    """Around every night of every series, exactly: daily ones, weekly ones, with gaps, zeros and another unit."""
    gappy = rows_of(nights, seed=3)
    zeros = rows_of(nights, seed=4)
    zeros.loc[zeros.index % 5 == 2, "value"] = 0.0
    moved = rows_of(nights, seed=5)
    moved.loc[moved.index > nights // 2, "unit"] = "ms"
    found = together(rows_of(nights), rows_of(nights, seed=2, every=7), gappy[gappy.index % 3 != 1], zeros, moved)
    told = nightly_spreads(found)
    whole = Spreads(found.rows)
    for place, row in enumerate(found.rows.itertuples(index=False)):
        if nights > LOOKED_BACK and place % 41:
            continue
        first = found.runs[max(0, found.runs.index(row.run_id) - LOOKED_BACK)]
        history = Spreads(found.rows[found.rows["run_id"] >= first]) if nights > LOOKED_BACK else whole
        spread = history.around(tuple(row[2:8]), row.timestamp)
        expected = (spread.sd, spread.nights) if spread and row.value > 0 else (0.0, 0)
        assert (told.sd[place], told.nights[place]) == expected
    assert len(found.rows) > nights


def test_spreads_do_not_look_at_other_series() -> None:
    """A noisy neighbour in the table changes nothing, and no series borrows its nights."""
    calm = together(rows_of(40))
    beside = together(rows_of(40), rows_of(40, seed=9, variant="git:main", value=5.0), rows_of(6, seed=8))
    own = beside.rows["params"].eq('{"seed": 0}') & beside.rows["variant"].eq("installed")
    assert nightly_spreads(beside).sd[own].tolist() == nightly_spreads(calm).sd.tolist()
    assert not nightly_spreads(beside).nights[beside.rows["params"].eq('{"seed": 8}')].any()


def test_a_month_that_is_over_keeps_its_bytes() -> None:
    """However many nights and series come after it; its spreads stay once thirty nights around each run are known."""
    early, late = (together(rows_of(nights), rows_of(nights, seed=1, every=2)) for nights in (110, 140))
    extended = together(rows_of(140), rows_of(140, seed=1, every=2), rows_of(140, seed=7)[100:])
    before, after, wider = ({month.name: month for month in months_of(found)} for found in (early, late, extended))
    assert list(before) == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert list(after) == [*before, "2026-05"]
    for name in ("2026-01", "2026-02", "2026-03"):
        assert before[name].values == after[name].values == wider[name].values
    for name in ("2026-01", "2026-02"):
        assert before[name].spreads == after[name].spreads == wider[name].spreads
    assert before["2026-04"].values != after["2026-04"].values
    assert before["2026-04"].marks != after["2026-04"].marks


def test_a_month_holds_what_was_measured() -> None:
    """Eight digits of what scatters, every digit of what does not; nothing where a series was not measured."""
    exact = rows_of(20, seed=1, deterministic=True, unit="B")
    exact["value"] = [46_000_000_123 + night for night in range(20)]
    found = together(rows_of(20), exact, rows_of(20, seed=2, every=3))
    (month,) = months_of(found)
    name, content = arguments(month.values)
    assert (name, content["runs"]) == ("2026-01", list(found.runs))
    series = [[content["texts"][place] for place in told[:-1]] + [bool(told[-1])] for told in content["series"]]
    assert series == found.series.to_numpy().tolist()
    for run, values in zip(content["runs"], content["values"], strict=True):
        rows = found.rows[found.rows["run_id"] == run]
        assert sum(value is not None for value in values) == len(rows)
        for row in rows.itertuples(index=False):
            value = values[series.index(list(row[2:11]))]
            assert value == row.value if row.deterministic else value == pytest.approx(row.value, rel=6e-8)
    assert arguments(month.spreads)[1][series.index(list(found.series.iloc[0]))][1:3] != []


def test_of_several_values_in_a_run_the_last_counts() -> None:
    """As the command has it, also where the unit is another one; what has no value is no value."""
    twice = pd.concat([rows_of(1), rows_of(1, value=2.0), rows_of(1, value=3.0, unit="ms"), rows_of(1, value=np.nan)])
    found = in_arrays(twice[twice["value"].notna()], sorted(twice["run_id"].unique()))
    assert (found.values.tolist(), found.series["unit"].tolist()) == ([3.0], ["ms"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """36 nights with every kind of change on the last."""
    return make_compared_home(tmp_path_factory.mktemp("compared") / "home")


@pytest.fixture(scope="module")
def part(home: Home) -> Any:
    """The part of its site."""
    return compare(site_of(dashboard_of(home), "website"))


def test_the_index_names_every_run(part: Any) -> None:
    """Oldest first, with its moment, machine, outcome and builds; each month with the marks of its files."""
    (index,) = arguments(part.files["compare/index.js"])
    runs = index["runs"]
    assert [run[0] for run in runs] == [compared_run(night) for night in range(NIGHTS)]
    assert [month[0] for month in index["months"]] == ["2026-10", "2026-11"]
    assert runs[-1][1] == int(datetime(2026, 11, 22, 3, tzinfo=UTC).timestamp())
    machines = [index["machines"][place] for run in (runs[0], runs[20]) for place in run[3]]
    assert machines == [["5d2f0a1b9c3e", "bench-1"], ["a0b1c2d3e4f5", "bench-2"]]
    assert [index["outcomes"][run[4]] for run in runs[-2:]] == ["nothing ran", "nothing ran"]
    assert (runs[3][5], runs[-1][7], runs[-2][7]) == (3, ["engines", "kinds"], [])
    (_, month) = arguments(part.files["compare/2026-11.js"])
    builds = {month["texts"][label]: month["texts"][tvm_hash] for label, tvm_hash in month["builds"][-1]}
    assert builds == {"git:fast": f"{NIGHTS - 1:040x}", "installed": "0.27.0"}
    assert [index["prints"][run[6][0]]["kernel"] for run in (runs[32], runs[33])] == ["6.1.0", "6.2.0"]
    assert index["rule"]["quantiles"][29] == pytest.approx(2.756386, abs=1e-6)
    assert index["pages"]["kinds"] == "kinds"
    assert all(len(mark) == 8 for _, *marks in index["months"] for mark in marks)


def test_without_a_script_the_newest_comparison_is_told(home: Home, part: Any) -> None:
    """The largest changes as the command tells them, and the command itself."""
    source = home_source(home)
    sides = (choose_side(name, lambda: source) for name in ("previous", "latest"))
    told = compare_sides(*sides, Request())
    page = part.pages["compare.md"]
    assert f"relaybench compare {compared_run(NIGHTS - 2)} {compared_run(NIGHTS - 1)} --home HOME" in page
    both, before, after = len(told.shown), len(told.compared.only_base), len(told.compared.only_candidate)
    assert f"{both} series on both sides, {before} only before, {after} only in the newest." in page
    names = re.findall(r'<th scope="row" data-label="Series">([^<]*)</th>', page)
    expected = [series_name([*row[:4], row[5], ""]) for row in told.shown.itertuples(index=False)]
    assert [html.unescape(name) for name in names] == expected
    assert page.count('class="rb-row-slower"') == int((told.shown["kind"] == "slower").sum())


def test_nothing_can_be_broken_out_of(tmp_path: Path) -> None:
    """Nasty names are in page and data; no character that ends a script element, no markup, no end of the block."""
    nasty = make_home(tmp_path / "nasty", nights=2, pick=["attack"])
    part = compare(site_of(dashboard_of(nasty, 2), "website"))
    assert any(b"window.hacked" in content for content in part.files.values())
    assert not any(set(b"<>&") & set(content) for content in part.files.values())
    page = part.pages["compare.md"]
    assert "&lt;script&gt;window.hacked" in page
    assert "<script>" not in page
    assert not re.search(r"\n\n[ \t]+\S", page)


def test_a_home_without_runs_has_the_page(tmp_path: Path) -> None:
    """It says how to make one; with one run it says that a second is needed, and loads what that one measured."""
    empty = make_home(tmp_path / "empty", nights=0, pick=["matmul"])
    part = compare(site_of(dashboard_of(empty, 0), "website"))
    assert "No run has measured anything" in part.pages["compare.md"]
    assert list(part.files) == ["compare/index.js"]
    single = make_home(tmp_path / "single", nights=1, pick=["matmul"])
    part = compare(site_of(dashboard_of(single, 1), "website"))
    assert "nothing to compare it with yet" in part.pages["compare.md"]
    assert len(part.files) == 3


def test_an_experiment_that_is_configured_no_more_stays(tmp_path: Path) -> None:
    """Its runs can be compared as before."""
    home = make_home(tmp_path / "home", nights=2, pick=["matmul", "relay_opt"])
    home.exp_config_file("matmul").unlink()
    part = compare(site_of(dashboard_of(home, 2), "website"))
    assert b'"matmul"' in part.files["compare/2026-11.js"]
