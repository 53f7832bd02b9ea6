"""All series of a run judged together: values, tests, builds, the machine, and what was measured again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

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
    return Verdicts(tonight.run_id, frame[VERDICT_COLUMNS], tuple(_recent(events, frame, tonight.run_id)))


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
    _correct(frame, table, tonight.machine)
    frame[ASIDE] = False
    frame[SAME_LIBRARIES] = _same_libraries(frame, records, tonight.run_id)
    apply(frame, table.confirmations(machine=tonight.machine), tonight.run_id)
    runs = sorted(records["run_id"].unique())[-REMEMBERED_RUNS:]
    events = events_of(frame, records, runs, tonight.machine, _sentinel_values(table, tonight))
    hold(frame, records, runs, events)
    _spare_sentinels(frame)
    return events


def _correct(frame: pd.DataFrame, table: Table, machine: str) -> None:
    """Correct p for the number of series of the run that saw the change; what is then too doubtful is unsure. In place.

    A change is held against those that were seen with it, so that it stands or falls once: how many series later
    nights have, and what else they see, changes nothing. Sentinels measure the machine and do not count.
    """
    seen = frame[frame["seen"].notna() & frame["p"].notna() & (frame["experiment"] != SENTINELS)]
    counts = table.series_counts(machine, str(seen["seen"].min())) if len(seen) else {}
    for run, changes in seen.groupby("seen"):
        others = np.ones(max(0, counts.get(str(run), 0) - len(changes)))
        p = corrected(np.concatenate([changes["p"].to_numpy(dtype=float), others]))[: len(changes)]
        frame.loc[changes.index, "p"] = p
        doubtful = changes[p > FALSE_DISCOVERIES]
        doubtful = doubtful[is_kind(doubtful, Kind.SLOWER, Kind.FASTER)]
        reason = f"not certain enough among {len(changes) + len(others)} series"
        frame.loc[doubtful.index, ["kind", "reason"]] = [str(Kind.UNSURE), reason]


def _same_libraries(frame: pd.DataFrame, records: pd.DataFrame, run_id: str) -> list[bool]:
    """Whether packages and the experiment's sources are those of the run before the change, or else before tonight."""
    by_experiment = {
        str(name): rows.sort_values("run_id").set_index("run_id")["versions"]
        for name, rows in records.groupby("experiment")
    }
    answers: dict[tuple[str, str], bool] = {}
    asked = [(str(e), str(since or run_id)) for e, since in zip(frame["experiment"], frame["since"], strict=True)]
    for experiment, begun in set(asked):
        versions = by_experiment.get(experiment, pd.Series(dtype=object))
        before, after = versions[versions.index < begun], versions[versions.index >= begun]
        answers[experiment, begun] = not len(before) or not len(after) or _same(before.iloc[-1], after.iloc[0])
    return [answers[one] for one in asked]


def _same(before: str, after: str) -> bool:
    """Records of before do not tell of the experiment's sources, which is no change of them."""
    one, other = json.loads(before), json.loads(after)
    unknown = {"source"} - (one.keys() & other.keys())
    return all(one.get(name) == other.get(name) for name in {*one, *other} - unknown)


def _sentinel_values(table: Table, tonight: Tonight) -> pd.DataFrame:
    """A column for each sentinel, a row for each run that measured any; empty where tonight has none.

    Of a night's two values the lesser one: whoever disturbed one of them did not slow down the machine.
    """
    rows = table.frame(experiment=SENTINELS, machine=tonight.machine)
    rows = rows[rows["run_id"] <= tonight.run_id]
    if not (rows["run_id"] == tonight.run_id).any():
        return pd.DataFrame()
    return rows.pivot_table(index="run_id", columns="test", values="value", aggfunc="min").tail(REMEMBERED_RUNS)


def _spare_sentinels(frame: pd.DataFrame) -> None:
    """A sentinel that changed is the machine's doing, whatever else moved; in place."""
    moved = (frame["experiment"] == SENTINELS) & is_kind(frame, Kind.SLOWER, Kind.FASTER)
    frame.loc[moved, ["kind", "reason"]] = [str(Kind.MACHINE), "a sentinel: it measures the machine itself"]


def _recent(events: Sequence[MachineEvent], frame: pd.DataFrame, run_id: str) -> Iterator[MachineEvent]:
    """The events that tonight's verdicts are about, and those of tonight."""
    texts = set(frame.loc[is_kind(frame, Kind.MACHINE), "reason"])
    yield from (event for event in events if event.text in texts or event.run_id == run_id)
