"""All series of a run judged together: values, tests, builds, the machine, and what was measured again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..detect import Kind
from ..detect.false_discovery import corrected
from ..history.table import Table
from ..home import SENTINELS
from .changes import is_kind
from .confirmations import ASIDE, SAME_LIBRARIES, apply
from .machine_events import events_of, hold
from .one_experiment import REMEMBERED_RUNS, Judging
from .tonight import Tonight
from .verdicts import VERDICT_COLUMNS, MachineEvent, Verdicts

FALSE_DISCOVERIES = 0.05  # the share of a night's verdicts of change that may be wrong, on average


def judge(table: Table, tonight: Tonight) -> Verdicts:
    """The verdicts of the run on the machine that it ran on; the table is up to date with its records.

    Keeps in the table what detection has seen, so that the next night looks only at what is new.
    """
    with table.reading():
        records = table.records(machine=tonight.machine)
        records = records[records["run_id"] <= tonight.run_id]
        judged = list(_experiments(table, tonight, records))
        frames = [frame for one in judged if not (frame := one.frame()).empty]
        frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=VERDICT_COLUMNS)
        events = _together(table, tonight, frame, records) if frames else []
    table.keep_steps(tonight.machine, tonight.run_id, {j.name: j.kept_steps() for j in judged if j.looked_at_all})
    return Verdicts(tonight.run_id, frame[VERDICT_COLUMNS], tuple(_recent(events, frame)))


def _experiments(table: Table, tonight: Tonight, records: pd.DataFrame) -> Iterator[Judging]:
    """Each experiment by itself, the sentinels too."""
    runs_of = {str(name): rows["run_id"].unique() for name, rows in records.groupby("experiment")}
    measured = {name for name, runs in runs_of.items() if tonight.run_id in runs}
    for name in sorted({*tonight.experiments, *measured}):
        judging = Judging(name, tonight)
        judging.run(table, sorted({*runs_of.get(name, ()), tonight.run_id})[-REMEMBERED_RUNS:])
        yield judging


def _together(table: Table, tonight: Tonight, frame: pd.DataFrame, records: pd.DataFrame) -> list[MachineEvent]:
    """What all series together say, and what was measured again, in place; the machine's events."""
    _correct(frame)
    frame[ASIDE] = False
    frame[SAME_LIBRARIES] = _same_libraries(frame, records, tonight.run_id)
    apply(frame, table.confirmations(machine=tonight.machine), tonight.run_id)
    runs = sorted(records["run_id"].unique())[-REMEMBERED_RUNS:]
    events = events_of(frame, records, runs, tonight.machine, _sentinel_values(table, tonight))
    hold(frame, records, runs, events)
    _spare_sentinels(frame)
    return events


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
        for name, rows in records.groupby("experiment")
    }
    answers: dict[tuple[str, str], bool] = {}
    asked = [(str(e), str(since or run_id)) for e, since in zip(frame["experiment"], frame["since"], strict=True)]
    for experiment, begun in set(asked):
        versions = by_experiment.get(experiment, pd.Series(dtype=object))
        before, after = versions[versions.index < begun], versions[versions.index >= begun]
        answers[experiment, begun] = not len(before) or not len(after) or before.iloc[-1] == after.iloc[0]
    return [answers[one] for one in asked]


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
