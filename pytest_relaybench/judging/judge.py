"""All series of a run judged together: values, tests, builds, the machine, and what was measured again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..detect import Kind, Verdict
from ..detect.false_discovery import corrected
from ..history.layout import STEP_COLUMNS
from ..history.table import SERIES_COLUMNS, Table
from ..home import SENTINELS
from .absent import fell_back, why_absent
from .builds import around
from .changes import is_kind, missing_last, newest_two, nights_of
from .confirmations import ASIDE, SAME_LIBRARIES, apply, confirmed_changes
from .levels import REMEMBERED_RUNS, Line, judge_line
from .machine_events import events_of, hold
from .tonight import ExperimentTonight, Tonight
from .verdicts import VERDICT_COLUMNS, MachineEvent, Verdicts

FALSE_DISCOVERIES = 0.05  # the share of a night's verdicts of change that may be wrong, on average


def judge(table: Table, tonight: Tonight) -> Verdicts:
    """The verdicts of the run on the machine that it ran on; the table is up to date with its records.

    Keeps in the table what detection has seen, so that the next night looks only at what is new.
    """
    names = sorted({*tonight.experiments, *_measured_tonight(table, tonight)})
    parts = [part for name in names if not (part := _experiment(table, tonight, name)).empty]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=VERDICT_COLUMNS)
    events: list[MachineEvent] = []
    if not frame.empty:
        _correct(frame)
        frame[ASIDE] = False
        frame[SAME_LIBRARIES] = _same_libraries(frame, table.records(machine=tonight.machine), tonight.run_id)
        apply(frame, table.confirmations(machine=tonight.machine), tonight.run_id)
        records = table.records(machine=tonight.machine)
        runs = sorted(run for run in records["run_id"].unique() if run <= tonight.run_id)[-REMEMBERED_RUNS:]
        events = events_of(frame, records, runs, tonight.machine, _sentinel_values(table, tonight))
        hold(frame, records, runs, events)
        _spare_sentinels(frame)
    return Verdicts(tonight.run_id, frame[VERDICT_COLUMNS], tuple(_recent(events, frame)))


def _measured_tonight(table: Table, tonight: Tonight) -> list[str]:
    return [str(name) for name in table.records(run_id=tonight.run_id)["experiment"].unique()]


def _experiment(table: Table, tonight: Tonight, name: str) -> pd.DataFrame:
    """The verdicts of one experiment on tonight's machine, from its own series alone."""
    records = table.records(experiment=name, machine=tonight.machine)
    runs = sorted({*(run for run in records["run_id"] if run <= tonight.run_id), tonight.run_id})[-REMEMBERED_RUNS:]
    rows = table.frame(experiment=name, machine=tonight.machine, first_run=runs[0])
    rows = rows[rows["run_id"] <= tonight.run_id]
    if rows.empty:
        return pd.DataFrame(columns=VERDICT_COLUMNS)
    own = tonight.experiments.get(name, ExperimentTonight())
    series = newest_two(rows)
    looked, steps = table.steps(name, tonight.machine)
    judged = list(_judge_series(rows, series, runs, looked, steps, table.confirmations(experiment=name), tonight, own))
    if not tonight.is_selection and own.tests:  # else series that were not looked at would count as looked at
        kept = [step for _, found in judged for step in found]
        table.keep_steps(name, tonight.machine, tonight.run_id, pd.DataFrame(kept, columns=STEP_COLUMNS))
    verdicts = [told for told, _ in judged if told is not None]
    return missing_last(pd.DataFrame(verdicts), tonight.run_id) if verdicts else pd.DataFrame(columns=VERDICT_COLUMNS)


def _judge_series(  # noqa: PLR0913, PLR0917, all that a series is judged by
    rows: pd.DataFrame,
    series: pd.DataFrame,
    runs: Sequence[str],
    looked: str,
    steps: pd.DataFrame,
    confirmations: pd.DataFrame,
    tonight: Tonight,
    own: ExperimentTonight,
) -> Iterator[tuple[dict[str, Any] | None, Sequence[Mapping[str, object]]]]:
    """Each series' row of the verdict table, None where nobody expected it tonight, with the steps to keep."""
    values = nights_of(rows, series, runs)
    rows_of = dict(iter(rows.groupby(SERIES_COLUMNS, sort=False)))
    steps_of = dict(iter(steps.groupby(SERIES_COLUMNS, sort=False)))
    changes = confirmed_changes(confirmations)
    for told, line in zip(series.to_dict("records"), values, strict=True):
        key = tuple(str(told[column]) for column in SERIES_COLUMNS)
        mine = rows_of[key].sort_values("run_id", kind="stable")
        exact = bool(mine["deterministic"].iloc[-1])
        judged = judge_line(
            Line(key, line, told["direction"], exact, changes.get(key, ())), runs, looked, steps_of.get(key, steps[:0])
        )
        yield _row(told, line, judged.verdict, mine, runs, tonight, own), judged.steps


def _row(  # noqa: PLR0913, PLR0917, all that a verdict tells
    told: dict[Any, Any],
    line: np.ndarray,
    verdict: Verdict,
    rows: pd.DataFrame,
    runs: Sequence[str],
    tonight: Tonight,
    own: ExperimentTonight,
) -> dict[str, Any] | None:
    exact = bool(rows["deterministic"].iloc[-1])
    kind, reason = verdict.kind, ""
    since, seen = (None if night is None else runs[night] for night in (verdict.since, verdict.seen))
    if math.isnan(line[-1]):
        absent = why_absent(told, line, own, tonight)
        if absent is None:
            return None
        kind, reason = absent
        since = seen = _first_without(line, runs)
    elif fallen := fell_back(rows, json.loads(told["params"])):
        kind, reason = Kind.BROKEN, fallen
    elif exact and kind in (Kind.SLOWER, Kind.FASTER):
        reason = "deterministic: any change is news"
    return {
        **told,
        "kind": str(kind),
        "since": since,
        "seen": seen,
        "level_ratio": verdict.ratio,
        "level_low": verdict.ci[0],
        "level_high": verdict.ci[1],
        "p": verdict.p,
        "reason": reason,
        "confirmed": "",
        "deterministic": exact,
        **around(rows, since),
    }


def _first_without(line: np.ndarray, runs: Sequence[str]) -> str:
    """The first run after its newest value."""
    return runs[int(np.flatnonzero(~np.isnan(line))[-1]) + 1]


def _correct(frame: pd.DataFrame) -> None:
    """Correct p for the number of series judged tonight; what is then not certain enough is unsure. In place."""
    frame["p"] = corrected(frame["p"].astype(float).to_numpy())
    doubtful = is_kind(frame, Kind.SLOWER, Kind.FASTER) & (frame["p"] > FALSE_DISCOVERIES)
    frame.loc[doubtful, "kind"] = str(Kind.UNSURE)
    frame.loc[doubtful, "reason"] = f"not certain enough among {int(frame['p'].notna().sum())} series"


def _same_libraries(frame: pd.DataFrame, records: pd.DataFrame, run_id: str) -> list[bool]:
    """Whether the packages that can change a result are those of the run before the change, or else before tonight."""
    by_experiment = {
        str(name): rows.sort_values("run_id").set_index("run_id")["versions"]
        for name, rows in records[records["run_id"] <= run_id].groupby("experiment")
    }
    answers = []
    for experiment, since in zip(frame["experiment"], frame["since"], strict=True):
        versions = by_experiment.get(experiment, pd.Series(dtype=object))
        begun = since or run_id
        before, after = versions[versions.index < begun], versions[versions.index >= begun]
        answers.append(not len(before) or not len(after) or before.iloc[-1] == after.iloc[0])
    return answers


def _sentinel_values(table: Table, tonight: Tonight) -> dict[str, NDArray[np.float64]]:
    """Each sentinel's values, the lesser of a night's: whoever disturbed one of them did not slow down the machine."""
    rows = table.frame(experiment=SENTINELS, machine=tonight.machine)
    rows = rows[rows["run_id"] <= tonight.run_id]
    if not (rows["run_id"] == tonight.run_id).any():
        return {}
    wide = rows.pivot_table(index="run_id", columns="test", values="value", aggfunc="min")
    return {str(name): wide[name].to_numpy() for name in wide.columns}


def _spare_sentinels(frame: pd.DataFrame) -> None:
    """A sentinel that changed is the machine's doing, whatever else moved; in place."""
    moved = (frame["experiment"] == SENTINELS) & is_kind(frame, Kind.SLOWER, Kind.FASTER)
    frame.loc[moved, ["kind", "reason"]] = [str(Kind.MACHINE), "a sentinel: it measures the machine itself"]


def _recent(events: Sequence[MachineEvent], frame: pd.DataFrame) -> Iterator[MachineEvent]:
    """The events that tonight's verdicts are about, and those of tonight."""
    texts = set(frame.loc[is_kind(frame, Kind.MACHINE), "reason"])
    yield from (event for event in events if event.text in texts or event.run_id == frame["run_id"].max())
