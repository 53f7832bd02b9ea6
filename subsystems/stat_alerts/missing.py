"""Which of the series that tonight lacks are missed: not those whose turn it is not, or that nobody asked for."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.records import Record, read_record
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.render.series import main_metric

TEST_COLUMNS = [column for column in SERIES_COLUMNS if column != "metric"]
SEEN_TWICE = 2  # a gap that a series had so often is its habit


def missed(dashboard: Dashboard, record: Record | None, rows: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Of the missing ones in `changes` those to tell, a test that is gone by one row.

    `rows` are all of the experiment, `record` is tonight's. Columns: those of `changes`, then `is_gone` (the test is
    missing in every metric) and `is_removed` (and it is no longer among the tests).
    """
    missing = changes[changes["kind"] == "missing"]
    if dashboard.run().get("is_selection"):
        missing = missing.iloc[:0]
    compared = {told[side] for told in _comparisons(record) for side in ("base", "candidate")}
    if compared:
        missing = missing[missing["variant"].isin(compared)]
    overdue = [_is_overdue(rows, series) for series in missing.to_dict("records")]
    told = _told_once(missing[np.array(overdue, dtype=bool)], changes, main_metric(rows))
    removed = [bool(series["is_gone"]) and _is_removed(dashboard, record, series) for series in told.to_dict("records")]
    return told.assign(is_removed=removed)


def _comparisons(record: Record | None) -> list[Mapping[str, str]]:
    return list(record.extra.get("comparisons", ())) if record else []


def _is_overdue(rows: pd.DataFrame, series: Mapping[Hashable, Any]) -> bool:
    """Whether it is away for at least as many runs as usually lie between two of its values.

    The usual gap is the largest that it had twice, so that one outage makes no habit.
    """
    here = rows[rows["machine"] == series["machine"]]
    runs = np.sort(here["run_id"].unique())
    own = np.logical_and.reduce([here[column] == series[column] for column in SERIES_COLUMNS])
    found = np.flatnonzero(np.isin(runs, here.loc[own & here["value"].notna(), "run_id"]))
    gaps = np.sort(np.diff(found))
    usual = int(gaps[-SEEN_TWICE:][0]) if gaps.size else 1
    return bool(len(runs) - 1 - found[-1] >= usual)


def _told_once(missing: pd.DataFrame, changes: pd.DataFrame, main: str) -> pd.DataFrame:
    """One row of its main metric, named by no metric, for a test that is missing as a whole; the others as they are."""
    there = changes.loc[changes["value"].notna(), TEST_COLUMNS].drop_duplicates()
    marked = missing.merge(there.assign(is_there=True), on=TEST_COLUMNS, how="left")
    partly = marked["is_there"].notna()
    gone = marked[~partly].sort_values("metric", key=lambda metric: metric != main, kind="stable")
    return pd.concat([gone.drop_duplicates(TEST_COLUMNS).assign(is_gone=True), marked[partly].assign(is_gone=False)])


def _is_removed(dashboard: Dashboard, record: Record | None, series: Mapping[Hashable, Any]) -> bool:
    """Whether the tests of that name all passed tonight, and some that its last night had are no longer there."""
    before = _record_of(dashboard, series)
    if record is None or before is None or not record.complete:
        return False
    tonight = {test.nodeid: test.outcome for test in record.tests if _is_of(test.nodeid, series)}
    gone = {test.nodeid for test in before.tests if _is_of(test.nodeid, series)} - set(tonight)
    return bool(gone) and all(outcome == "passed" for outcome in tonight.values())


def _record_of(dashboard: Dashboard, series: Mapping[Hashable, Any]) -> Record | None:
    try:
        return read_record(dashboard.home.data_file(series["experiment"], series["previous_run_id"]))
    except RecordError:
        return None


def _is_of(nodeid: str, series: Mapping[Hashable, Any]) -> bool:
    return _function(nodeid) == _function(series["test"])


def _function(name: str) -> str:
    return name.partition("[")[0].rpartition("::")[2]
