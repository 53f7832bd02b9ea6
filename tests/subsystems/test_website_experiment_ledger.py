"""The ledger of an experiment, its table of what changed, and what of long tables stays on the page."""

from __future__ import annotations

import importlib
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pytest_relaybench.detect import Kind, Verdict
from pytest_relaybench.history.records import canonical
from pytest_relaybench.history.table import COLUMNS
from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Case, Nature
from pytest_relaybench.incidents.incident import Member
from pytest_relaybench.incidents.keeping import Kept, keep, read_incidents
from tests.subsystems.loading import load
from tests.subsystems.sample_home import dashboard_of, make_home, run_id_of

PACKAGE = load("website").__name__
ledger, shortening, changes, values = (
    importlib.import_module(f"{PACKAGE}.experiment.{name}") for name in ("ledger", "shortening", "changes", "values")
)
experiments, nights, series = (
    importlib.import_module(f"{PACKAGE}.{name}") for name in ("experiments", "nights", "series")
)


def history(metrics: dict[str, dict[str, float]], *, earlier: int = 1) -> Any:
    """Metric → network → tonight's value; nights before had the same."""
    runs = [f"202611{day:02d}T030000.000000Z" for day in range(22 - earlier, 23)]
    rows = [
        {**dict.fromkeys(COLUMNS, 1.0), "run_id": run, "experiment": "e", "test": "test_infer", "metric": metric,
         "n": 5, "params": json.dumps({"network": network}), "unit": "B" if "size" in metric else "s", "value": value,
         "direction": "lower", "variant": "installed", "tvm_hash": "h", "machine": "m", "derived": False}
        for run in runs
        for metric, own in metrics.items()
        for network, value in own.items()
        if run == runs[0] or not math.isnan(value)
    ]  # fmt: skip
    return series.history_of(pd.DataFrame(rows, columns=COLUMNS))


def test_each_case_is_a_row_with_the_metrics_that_there_are() -> None:
    """In the order of an artifact's life; a case may lack one, and the author's own metrics are no part."""
    found = ledger.ledger_of(
        history(
            {
                "time": {"a": 1.0, "b": 2.0},
                "artifact_size": {"a": 9.0},
                "compile": {"a": 4.0, "b": 5.0},
                "own": {"a": 1.0},
            }
        )
    )
    assert found.headings == ["Compile", "Steady time", "Artifact size"]
    cells = {case.first.params["network"]: [cell and cell.series.newest for cell in case.cells] for case in found.cases}
    assert cells == {"a": [4.0, 1.0, 9.0], "b": [5.0, 2.0, None]}


@pytest.mark.parametrize("metrics", [["time"], ["time", "own"], ["compile"], []])
def test_without_costs_beside_the_time_there_is_no_ledger(metrics: list[str]) -> None:
    """The table of values tells it all."""
    found = history({name: {"a": 1.0} for name in metrics}) if metrics else series.History()
    assert ledger.ledger_of(found) is None


def test_a_cell_says_what_became_of_it() -> None:
    """The verdict's word, with the size where there was a change; what is missing says so without a size."""
    one = history({"time": {"a": 1.0}}).series[0]
    slower = Verdict(Kind.SLOWER, 1.09, (1.08, 1.1), 0, 1e-9, 1)
    told = {
        verdict.kind: ledger.Cell(replace(one, verdict=verdict, unit=unit)).words
        for verdict, unit in (
            (slower, "s"),
            (Verdict(Kind.SAME, 1.0, (0.99, 1.01), None, math.nan, None), "s"),
            (Verdict(Kind.FASTER, 0.5, (0.4, 0.6), 0, 1e-9, 1), "B"),
        )
    }
    assert told == {Kind.SLOWER: "slower +9.0 %", Kind.SAME: "same", Kind.FASTER: "better ×0.500"}
    lost = history({"time": {"a": 1.0, "b": math.nan}, "compile": {"a": 1.0, "b": math.nan}})
    assert [case.kind for case in ledger.ledger_of(lost).cases] == ["same", "missing"]


def test_a_ledger_of_few_nights_does_not_say_unsure_in_every_cell() -> None:
    """The head of the page says it once; as soon as one series is judged every cell tells."""
    few = history({"time": {"a": 1.0}, "compile": {"a": 1.0}})
    assert not ledger.ledger_of(few).is_judged
    assert ledger.ledger_of(history({"time": {"a": 1.0}, "compile": {"a": math.nan}})).is_judged


def test_the_page_of_a_ledger_sorts_by_value(site: Path) -> None:
    """One row a case; the slower one is marked, words beside it."""
    page = (site / "experiments" / "relay_opt.html").read_text(encoding="utf-8")
    told = page.split('id="ledger"')[1].split("</table>")[0]
    assert told.count("<tr") == 17
    assert re.findall(r'<th scope="col" class="rb-num">([^<]+)</th>', told) == [
        "Compile", "First run", "Steady time", "Peak memory", "Artifact size",
    ]  # fmt: skip
    row = next(row for row in told.split("<tr ") if "vgg-16" in row and "O3" in row)
    assert "rb-verdict-slower" in row
    assert "slower +9." in row
    assert re.search(r'data-sort="0\.07\d+">72\.\d ms', row)


def test_long_tables_keep_what_is_news() -> None:
    """And the first of the others; a few more than the limit are no reason to leave any out."""
    rows = list(range(100))
    assert list(shortening.newsworthy(rows, 5, lambda row: row in (50, 70))) == [0, 1, 2, 50, 70]
    assert list(shortening.newsworthy(rows, 1, lambda row: row in (50, 70))) == [50, 70]
    assert shortening.newsworthy(rows, 95, lambda _: False) is rows


def test_pages_of_many_series_say_how_many_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first metric has the room; each other one keeps a few rows."""
    monkeypatch.setattr(values, "MOST_ROWS", 10)
    monkeypatch.setattr(values, "LEAST_ROWS", 3)
    many = {f"n{number}": 1.0 for number in range(20)}
    first, second = values.groups_of(history({"time": many, "compile": many}))
    assert (first.metric, len(first.series), first.left_out) == ("time", 10, 10)
    assert (second.metric, len(second.series), second.left_out) == ("compile", 3, 17)
    assert first.judgement.text == "unsure: 2 of 29 nights"


@pytest.fixture(scope="module")
def opt(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose slower series is held by an incident."""
    return make_home(tmp_path_factory.mktemp("opt") / "home", pick=["relay_opt"])


def relay_opt(home: Home) -> Any:
    """The experiment as the site reads it."""
    dashboard = dashboard_of(home)
    return next(experiments.experiments_of(dashboard, nights.nights_of(dashboard)))[0]


def test_what_changed_leads_to_the_incident_that_holds_it(opt: Home) -> None:
    """With change, interval and the day of it; an incident in which the series has recovered is none of its."""
    found = relay_opt(opt)
    slower = next(one for one in found.history.series if one.verdict.kind == Kind.SLOWER)
    key = ("relay_opt", slower.test, canonical(slower.params), "time", "installed", found.history.machine)
    since = run_id_of(30, 40)
    member = Member(key, "slower", "s", "lower", since, since)
    gone = Member(key, "slower", "s", "lower", since, since, recovered_run=run_id_of(35, 40))
    cases = (
        Case(
            "2026-11-14-b", Nature.SLOWER, since, (gone, Member(("x", *key[1:]), "slower", "s", "lower", since, since))
        ),
        Case("2026-11-13-a", Nature.SLOWER, since, (member,)),
    )
    keep(opt, Kept(run_id_of(39, 40), cases))
    told = changes.changes_of(found, read_incidents(opt).all)
    assert [(row.label, row.word, row.since, row.incident) for row in told.rows] == [
        ("vgg-16 O3", "slower", "2026-11-13", "2026-11-13-a")
    ]
    assert told.rows[0].page == "../incidents/2026-11-13-a.html"
    assert re.fullmatch(r"\+9\.\d %", told.rows[0].change)
    assert re.fullmatch(r"\[\+8\.\d %, \+9\.\d %\]", told.rows[0].interval)


def test_without_incidents_nothing_is_linked(opt: Home) -> None:
    """What changed is told all the same."""
    told = changes.changes_of(relay_opt(opt), ())
    assert [row.incident for row in told.rows] == [""]
    assert not told.has_incidents
    assert told.more == 0
