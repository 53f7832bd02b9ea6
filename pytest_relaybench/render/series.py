"""From rows to series: parameters as columns, and each series' newest value beside the one before."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from ..detect import Kind, judge_latest
from ..history.table import COLUMNS, SERIES_COLUMNS
from .graphs import ALWAYS_THERE
from .known_values import in_order

JUDGED_RUNS = 90  # newest runs that a verdict looks at: the rule's nights, with room for missing ones
MISSED_FOR = 7  # runs for which a series that is measured no more is told as missing
ABSENT = ""  # label of a parameter that a test does not have

PAIR_COLUMNS = [*SERIES_COLUMNS, "tvm_hash", "unit", "direction", "derived", "run_id", "timestamp", "value",
                "previous_run_id", "previous", "ratio"]  # fmt: skip
CHANGE_COLUMNS = [*PAIR_COLUMNS, "kind", "since", "level_ratio", "level_low", "level_high"]


def expand_params(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column for each parameter, holding what JSON holds; None where a test does not have it.

    A parameter whose name is a column of the table already becomes `param.NAME`. Order: as they stand in `params`.
    """
    texts = frame["params"].drop_duplicates()
    parsed = {text: json.loads(text) for text in texts}
    names = dict.fromkeys(name for values in parsed.values() for name in values)
    columns = {
        column_of(name): pd.Series(
            [parsed[text].get(name) for text in frame["params"]], index=frame.index, dtype=object
        )
        for name in names
    }
    return frame.assign(**columns)


def column_of(name: str) -> str:
    """The column that `expand_params` gives to a parameter."""
    return f"param.{name}" if name in COLUMNS else name


def dimensions(frame: pd.DataFrame) -> dict[str, list[str]]:
    """What tells the rows apart: parameter → its values as text; `test`, `variant`, `machine` where they differ.

    Numbers ascend, engines stand in their order (`known_values`), everything else keeps that of its first row.
    """
    labels = labelled(frame)
    found = {name: _ordered(labels[name]) for name in labels.columns}
    return {name: values for name, values in found.items() if name not in ALWAYS_THERE or len(values) > 1}


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """A column of texts for each parameter, and `test`, `variant`, `machine` (where no parameter has that name)."""
    expanded = expand_params(frame)
    names = dict.fromkeys(name for text in frame["params"].drop_duplicates() for name in json.loads(text))
    fixed = {name: frame[name].astype(str) for name in ALWAYS_THERE if name not in names}
    if "variant" in fixed:
        fixed["variant"] = _builds(frame)
    return pd.DataFrame({**{name: _texts(expanded[column_of(name)]) for name in names}, **fixed}, index=frame.index)


def _builds(frame: pd.DataFrame) -> pd.Series[str]:
    """The builds' names; where there is only one, also for rows that used none: it tells nothing apart."""
    uses_one = frame["tvm_hash"].notna()
    used, other = (frame.loc[rows, "variant"].unique() for rows in (uses_one, ~uses_one))
    only = str(used[0]) if len(used) == len(other) == 1 else None
    return frame["variant"].astype(str) if only is None else pd.Series(only, index=frame.index)


def _texts(values: pd.Series[Any]) -> pd.Series[str]:
    """Strings in one line and everything else as JSON; all as JSON where two values would read alike."""
    exact = values.map(lambda value: ABSENT if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False))
    words = values.map(lambda value: " ".join(value.split()) if isinstance(value, str) else None)
    plain = words.where(words.notna(), exact)
    return exact if plain.nunique() < exact.nunique() else plain


def _ordered(labels: pd.Series[str]) -> list[str]:
    values = [str(value) for value in labels.drop_duplicates()]
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
    return [values[i] for i in np.argsort(numbers, kind="stable")] if numbers.notna().all() else in_order(values)


def main_metric(frame: pd.DataFrame) -> str:
    """The metric that stands for an experiment: `time` where it is measured, else the table's first."""
    metrics = [str(metric) for metric in frame["metric"].drop_duplicates()]
    return "time" if "time" in metrics or not metrics else metrics[0]


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
    """Every series of one run with its change and its verdict, then those that are missing from it.

    Columns: those of `newest_two`, then `kind` (the verdict's word), `since` (run in which the change began, or None),
    and the verdict's evidence: `level_ratio`, `level_low`, `level_high` (newest level over the one before, 95 %
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
    table = pd.concat(judged, ignore_index=True)
    missing = table["kind"] == Kind.MISSING
    table.loc[missing, ["previous", "previous_run_id"]] = table.loc[missing, ["value", "run_id"]].to_numpy()
    table.loc[missing, ["value", "ratio"]] = np.nan
    return pd.concat([table[~missing], table[missing]], ignore_index=True)[CHANGE_COLUMNS]


def _judged(past: pd.DataFrame, pairs: pd.DataFrame, experiment: str, machine: str) -> pd.DataFrame:
    """The pairs of one experiment on one machine with their verdicts; series that ended long ago are left out."""
    rows = past.loc[(past["experiment"] == experiment) & (past["machine"] == machine)]
    runs = sorted(rows["run_id"].unique())[-JUDGED_RUNS:]
    known = (pairs["experiment"] == experiment) & (pairs["machine"] == machine)
    here: pd.DataFrame = pairs[known & (pairs["run_id"] >= runs[-MISSED_FOR - 1 :][0])]
    nights = _nights(rows[rows["run_id"].isin(runs)], here, runs)
    verdicts = [judge_latest(values, direction) for values, direction in zip(nights, here["direction"], strict=True)]
    return here.assign(
        kind=[str(verdict.kind) for verdict in verdicts],
        since=pd.Series([None if v.since is None else runs[v.since] for v in verdicts], here.index, dtype=object),
        level_ratio=[verdict.ratio for verdict in verdicts],
        level_low=[verdict.ci[0] for verdict in verdicts],
        level_high=[verdict.ci[1] for verdict in verdicts],
    )


def _nights(rows: pd.DataFrame, series: pd.DataFrame, runs: list[str]) -> np.ndarray:
    """One line of nightly values for each of `series`, NaN where a run has none."""
    rows = rows.drop_duplicates([*SERIES_COLUMNS, "run_id"], keep="last")
    wide = rows.set_index([*SERIES_COLUMNS, "run_id"])["value"].unstack("run_id")
    return wide.reindex(index=pd.MultiIndex.from_frame(series[SERIES_COLUMNS]), columns=runs).to_numpy()
