"""When a change is the machine's and not the code's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..detect import Kind
from ..detect.suspicion import suspect
from ..detect.together import moved_together
from ..home import SENTINELS
from ..machine import fingerprint_changes
from .changes import is_kind
from .confirmations import ASIDE
from .verdicts import Cause, MachineEvent

WITHIN = 3  # nights around an event in which a change belongs to it
SHARE = 0.2  # of a machine's series that move together
FEWEST_TOGETHER = 5
FEWEST_SENTINELS = 2
FEWEST_CONTROLS = 3
TIMED = frozenset({"time", "first_run"})  # what the artifact alone decides, on the same machine


def events_of(
    frame: pd.DataFrame,
    records: pd.DataFrame,
    runs: Sequence[str],
    machine: str,
    sentinels: Mapping[str, NDArray[np.float64]],
) -> list[MachineEvent]:
    """What happened to the machine around the changes in `frame`, the verdicts so far on all series of one machine.

    `records` are those of this machine in `runs`, its runs, oldest first. `sentinels` have a value for each of the runs
    that measured them.
    """
    found = [*_fingerprints(records, runs, machine), *_sentinels(frame, runs, machine)]
    if not any(event.cause == "sentinels" for event in found):
        found += _tonight(sentinels, runs, machine)
    return [*found, *_together(frame, runs, machine, found)]


def hold(frame: pd.DataFrame, records: pd.DataFrame, runs: Sequence[str], events: Sequence[MachineEvent]) -> None:
    """Make `machine` of the changes that an event, throttling or an unchanged artifact explains; in place.

    What was confirmed side by side, on one machine in one night, is the code's; what is deterministic is not the
    machine's.
    """
    changed = frame[is_kind(frame, Kind.SLOWER, Kind.FASTER) & ~frame[ASIDE].astype(bool)]
    changed = changed[~changed["deterministic"].astype(bool) & changed["since"].notna()]
    for row in changed.index:
        reason = _event_near(frame.loc[row], runs, events) or _throttled(frame.loc[row], records)
        reason = reason or _same_artifact(frame.loc[row])
        if reason:
            frame.loc[row, ["kind", "reason"]] = [str(Kind.MACHINE), reason]


def _fingerprints(records: pd.DataFrame, runs: Sequence[str], machine: str) -> Iterator[MachineEvent]:
    by_run = records.drop_duplicates("run_id", keep="last").set_index("run_id")["fingerprint"]
    known = [(run, json.loads(by_run[run])) for run in runs if run in by_run.index]
    for (_, before), (run, after) in pairwise(known):
        changes = fingerprint_changes(before, after)
        if changes:
            yield MachineEvent(machine, run, "fingerprint", f"the machine was changed: {', '.join(changes)}")


def _sentinels(frame: pd.DataFrame, runs: Sequence[str], machine: str) -> Iterator[MachineEvent]:
    own = frame[(frame["experiment"] == SENTINELS) & is_kind(frame, Kind.SLOWER, Kind.FASTER) & frame["since"].notna()]
    for kind, moved in own.groupby("kind"):
        places = sorted(runs.index(since) for since in moved["since"] if since in runs)
        tests = sorted(set(moved["test"]))
        if len(tests) >= FEWEST_SENTINELS and places and places[-1] - places[0] <= WITHIN:
            names = ", ".join(test.replace("_", " ") for test in tests)
            yield _event(machine, runs[places[0]], "sentinels", f"the sentinels became {kind} too: {names}")


def _tonight(values: Mapping[str, NDArray[np.float64]], runs: Sequence[str], machine: str) -> Iterator[MachineEvent]:
    """The sentinels look changed tonight already, before a rule over several nights can tell."""
    found = {name: suspect(line) for name, line in values.items()}
    for is_worse, kind in ((True, Kind.SLOWER), (False, Kind.FASTER)):
        tests = sorted(name for name, one in found.items() if one is not None and one.is_worse == is_worse)
        if len(tests) >= FEWEST_SENTINELS:
            names = ", ".join(test.replace("_", " ") for test in tests)
            yield _event(machine, runs[-1], "sentinels", f"the sentinels are {kind} tonight: {names}")


def _together(
    frame: pd.DataFrame, runs: Sequence[str], machine: str, known: Sequence[MachineEvent]
) -> Iterator[MachineEvent]:
    """A fifth of the machine's series moved within three nights, and nothing says that the code made them."""
    series = frame[(frame["experiment"] != SENTINELS) & ~frame["deterministic"].astype(bool) & frame["value"].notna()]
    moved = series[is_kind(series, Kind.SLOWER, Kind.FASTER) & series["since"].isin(runs)]
    places = np.array([runs.index(since) for since in moved["since"]])
    for group in moved_together(places, len(series), within=WITHIN, share=SHARE, fewest=FEWEST_TOGETHER):
        members, begun = moved.iloc[list(group.members)], runs[group.night]
        explained = any(abs(runs.index(event.run_id) - group.night) <= WITHIN for event in known)
        if explained or _is_code(members, frame):
            continue
        text = f"{len(members)} of {len(series)} series of the machine moved together"
        yield _event(machine, begun, "together", text)


def _is_code(members: pd.DataFrame, frame: pd.DataFrame) -> bool:
    """Whether the build changed under most of them, and what uses no build (or the sentinels) stood still."""
    rebuilt = members["hash_before"].notna() & (members["hash_before"] != members["hash_after"])
    if rebuilt.mean() < 1 - SHARE:
        return False
    controls = frame[frame["tvm_hash"].isna() & frame["value"].notna() & ~frame["deterministic"].astype(bool)]
    judged = controls[~is_kind(controls, Kind.UNSURE)]
    return len(judged) >= FEWEST_CONTROLS and bool(is_kind(judged, Kind.SAME).mean() > 1 - SHARE / 2)


def _event_near(row: pd.Series, runs: Sequence[str], events: Sequence[MachineEvent]) -> str:
    if row["since"] not in runs:
        return ""
    place = runs.index(row["since"])
    near = (event for event in events if abs(runs.index(event.run_id) - place) <= WITHIN)
    return next((event.text for event in near), "")


def _throttled(row: pd.Series, records: pd.DataFrame) -> str:
    """Most runs since the change were throttled."""
    own = records[(records["experiment"] == row["experiment"]) & (records["run_id"] >= row["since"])]
    share = own["throttled"].fillna(value=False).astype(bool).mean() if len(own) else 0.0
    return "the machine was throttled" if share > 1 / 2 else ""


def _same_artifact(row: pd.Series) -> str:
    same = row["artifact_before"] and row["artifact_before"] == row["artifact_after"]
    return "the built artifact is the same: machine or input" if same and row["metric"] in TIMED else ""


def _event(machine: str, run_id: str, cause: Cause, text: str) -> MachineEvent:
    return MachineEvent(machine, run_id, cause, text)
