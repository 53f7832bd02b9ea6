"""Each series' newest value beside the one before, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..detect import Kind, judge_latest
from ..history.table import SERIES_COLUMNS

JUDGED_RUNS = 90  # newest runs that a series is judged by where it is judged alone
MISSED_FOR = 7  # runs for which a series that is measured no more is told as missing

PAIR_COLUMNS = [*SERIES_COLUMNS, "tvm_hash", "unit", "direction", "derived", "run_id", "timestamp", "value",
                "previous_run_id", "previous", "ratio"]  # fmt: skip
CHANGE_COLUMNS = [*PAIR_COLUMNS, "kind", "since", "level_ratio", "level_low", "level_high"]


def newest_two(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a series: its newest value, and that of the run before which had one.

    Columns: experiment, test, params, metric, variant, machine, tvm_hash, unit, direction, derived, run_id, timestamp,
    value, previous_run_id (None), previous (NaN), ratio = value / previous (NaN unless both are positive). Order: of
    the newest rows in the frame.
    """
    rows = frame[frame["value"].notna()].sort_values("run_id", kind="stable")
    earlier = rows.groupby(SERIES_COLUMNS, sort=False, dropna=False)[["run_id", "value"]].shift(1)
    rows = rows.assign(previous_run_id=earlier["run_id"], previous=earlier["value"])
    newest = rows.drop_duplicates(SERIES_COLUMNS, keep="last")
    positive = (newest["value"] > 0) & (newest["previous"] > 0)
    return newest.assign(ratio=(newest["value"] / newest["previous"]).where(positive))[PAIR_COLUMNS].reset_index(
        drop=True
    )


def change_table(frame: pd.DataFrame, run_id: str) -> pd.DataFrame:
    """Every series of one run with its change and a verdict from its own values alone, then those that are missing.

    For who has only these rows; `Verdicts.frame` also knows the machine, the builds, the tests and what was measured
    again. Columns: those of `newest_two`, then `kind` (the verdict's word), `since` (run in which the change began, or
    None), and the verdict's evidence: `level_ratio`, `level_low`, `level_high` (newest level over the one before, 95 %
    interval; NaN where unknown). A series is missing when the experiment ran on its machine without measuring it, and
    one of the 7 runs before had it; its `value` is NaN, its `previous` the newest there is.
    """
    past = frame[frame["run_id"] <= run_id]
    pairs = newest_two(past)
    tonight = past.loc[past["run_id"] == run_id, ["experiment", "machine"]].drop_duplicates()
    pairs = pairs.merge(tonight, on=["experiment", "machine"])
    judged = [_judged(past, pairs, *group) for group in tonight.itertuples(index=False, name=None)]
    if not judged:
        return pairs.reindex(columns=CHANGE_COLUMNS)
    table = missing_last(pd.concat(judged, ignore_index=True), run_id)
    return table[CHANGE_COLUMNS]


def missing_last(table: pd.DataFrame, run_id: str) -> pd.DataFrame:
    """The rows with those last that have no value in the run: their newest one becomes the previous."""
    absent = table["run_id"] != run_id
    for previous, newest in (("previous", "value"), ("previous_run_id", "run_id")):
        table[previous] = table[newest].where(absent, table[previous])
    table.loc[absent, ["value", "ratio"]] = np.nan
    return pd.concat([table[~absent], table[absent]], ignore_index=True)


def _judged(past: pd.DataFrame, pairs: pd.DataFrame, experiment: str, machine: str) -> pd.DataFrame:
    """The pairs of one experiment on one machine with their verdicts; series that ended long ago are left out."""
    rows = past.loc[(past["experiment"] == experiment) & (past["machine"] == machine)]
    runs = sorted(rows["run_id"].unique())[-JUDGED_RUNS:]
    known = (pairs["experiment"] == experiment) & (pairs["machine"] == machine)
    here: pd.DataFrame = pairs[known & (pairs["run_id"] >= runs[-MISSED_FOR - 1 :][0])]
    nights = nights_of(rows[rows["run_id"].isin(runs)], here, runs)
    verdicts = [judge_latest(values, direction) for values, direction in zip(nights, here["direction"], strict=True)]
    return here.assign(
        kind=[str(verdict.kind) for verdict in verdicts],
        since=pd.Series([None if v.since is None else runs[v.since] for v in verdicts], here.index, dtype=object),
        level_ratio=[verdict.ratio for verdict in verdicts],
        level_low=[verdict.ci[0] for verdict in verdicts],
        level_high=[verdict.ci[1] for verdict in verdicts],
    )


def nights_of(rows: pd.DataFrame, series: pd.DataFrame, runs: Sequence[str], column: str = "value") -> np.ndarray:
    """One line for each of `series`, a column of the table night by night; NaN or None where a run has none."""
    rows = rows.drop_duplicates([*SERIES_COLUMNS, "run_id"], keep="last")
    wide = rows.set_index([*SERIES_COLUMNS, "run_id"])[column].unstack("run_id")
    return wide.reindex(index=pd.MultiIndex.from_frame(series[SERIES_COLUMNS]), columns=[*runs]).to_numpy()


def is_kind(table: pd.DataFrame, *kinds: Kind) -> pd.Series[bool]:
    """Which rows have one of these verdicts."""
    return table["kind"].isin([str(kind) for kind in kinds])
