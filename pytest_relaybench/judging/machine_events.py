"""When a change is the machine's and not the code's."""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ..detect import Kind
from ..detect.latest import STANDS
from ..detect.suspicion import suspect
from ..detect.together import moved_together
from ..home import SENTINELS
from ..machine import fingerprint_changes
from .changes import is_kind
from .confirmations import ASIDE
from .verdicts import MachineEvent

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
    sentinels: pd.DataFrame,
) -> list[MachineEvent]:
    """What happened to the machine around the changes in `frame`, the verdicts so far on all series of one machine.

    `records` are those of this machine in `runs`, its runs, oldest first. `sentinels` has a column for each, and a row
    for each of the runs that measured them.
    """
    found = [*_fingerprints(records, runs, machine), *_sentinels(frame, runs, machine)]
    if not any(event.cause == "sentinels" for event in found):
        found += _tonight(sentinels, machine)
    return [*found, *_together(frame, runs, machine, found)]


def hold(frame: pd.DataFrame, records: pd.DataFrame, runs: Sequence[str], events: Sequence[MachineEvent]) -> None:
    """Make `machine` of the changes that an event, throttling or an unchanged artifact explains; in place.

    What was confirmed side by side, on one machine in one night, is the code's; what is deterministic is not the
    machine's.
    """
    changed = frame[is_kind(frame, Kind.SLOWER, Kind.FASTER) & ~frame[ASIDE].astype(bool)]
    changed = changed[~changed["deterministic"].astype(bool) & changed["since"].notna()]
    for row in changed.index:
        reason = _event_near(frame.loc[row], records, runs, events) or _throttled(frame.loc[row], records)
        reason = reason or _same_artifact(frame.loc[row])
        if reason:
            frame.loc[row, ["kind", "reason"]] = [str(Kind.MACHINE), reason]


def _fingerprints(records: pd.DataFrame, runs: Sequence[str], machine: str) -> Iterator[MachineEvent]:
    by_run = records.drop_duplicates("run_id", keep="last").set_index("run_id")["fingerprint"]
    known = [(run, json.loads(by_run[run])) for run in runs if run in by_run.index]
    before: dict[str, str] = {}  # what was last told of each fact: a run may not know one
    for run, after in known:
        changes = fingerprint_changes(before, after)
        before = {**before, **after}
        if changes:
            yield MachineEvent(machine, run, "fingerprint", f"the machine was changed: {', '.join(changes)}")


def _sentinels(frame: pd.DataFrame, runs: Sequence[str], machine: str) -> Iterator[MachineEvent]:
    own = frame[(frame["experiment"] == SENTINELS) & is_kind(frame, Kind.SLOWER, Kind.FASTER)]
    for kind, moved in own[own["since"].isin(runs)].groupby("kind"):
        places = np.array([runs.index(since) for since in moved["since"]])
        for group in moved_together(places, len(moved), within=WITHIN + 1, share=0.0, fewest=FEWEST_SENTINELS):
            tests = sorted(set(moved["test"].iloc[list(group.members)]))
            if len(tests) >= FEWEST_SENTINELS:
                text = f"the sentinels became {kind} too: {_words(tests)}"
                yield MachineEvent(machine, runs[group.night], "sentinels", text, str(kind))


def _tonight(values: pd.DataFrame, machine: str) -> Iterator[MachineEvent]:
    """The sentinels look changed tonight already, before a rule over several nights can tell."""
    found = {str(name): suspect(values[name].to_numpy()) for name in values.columns}
    for is_worse, kind in ((True, Kind.SLOWER), (False, Kind.FASTER)):
        moved = {name: one for name, one in found.items() if one and not one.is_faint and one.is_worse == is_worse}
        if len(moved) >= FEWEST_SENTINELS:
            begun = str(values.index[min(one.since for one in moved.values())])
            yield MachineEvent(machine, begun, "sentinels", f"the sentinels are {kind}: {_words(sorted(moved))}", kind)


def _together(
    frame: pd.DataFrame, runs: Sequence[str], machine: str, known: Sequence[MachineEvent]
) -> Iterator[MachineEvent]:
    """A fifth of the machine's series moved within three nights, and nothing says that the code made them."""
    series = frame[(frame["experiment"] != SENTINELS) & ~frame["deterministic"].astype(bool) & frame["value"].notna()]
    moved = series[is_kind(series, Kind.SLOWER, Kind.FASTER) & series["since"].isin(runs)]
    places = np.array([runs.index(since) for since in moved["since"]])
    for group in moved_together(places, len(series), within=WITHIN, share=SHARE, fewest=FEWEST_TOGETHER):
        members, begun = moved.iloc[list(group.members)], runs[group.night]
        explained = any(abs(_place(event.run_id, runs) - group.night) <= WITHIN for event in known)
        if explained or _is_code(members, frame):
            continue
        text = f"{len(members)} of {len(series)} series of the machine moved together"
        yield MachineEvent(machine, begun, "together", text)


def _is_code(members: pd.DataFrame, frame: pd.DataFrame) -> bool:
    """Whether the build changed under most of them, and what uses no build (or the sentinels) stood still.

    So too when both builds side by side have confirmed a fifth of them.
    """
    if members[ASIDE].astype(bool).mean() >= SHARE:
        return True
    rebuilt = members["hash_before"].notna() & (members["hash_before"] != members["hash_after"])
    if rebuilt.mean() < 1 - SHARE:
        return False
    controls = frame[frame["tvm_hash"].isna() & frame["value"].notna() & ~frame["deterministic"].astype(bool)]
    judged = controls[~is_kind(controls, Kind.UNSURE)]
    return len(judged) >= FEWEST_CONTROLS and bool(is_kind(judged, Kind.SAME).mean() > 1 - SHARE / 2)


def _event_near(row: pd.Series, records: pd.DataFrame, runs: Sequence[str], events: Sequence[MachineEvent]) -> str:
    """What happened around the change, or in the runs that did not have its experiment before, and explains its way."""
    if row["since"] not in runs:
        return ""
    own = records.loc[(records["experiment"] == row["experiment"]) & (records["run_id"] < row["since"]), "run_id"]
    last = _place(row["since"], runs)
    first = min(last, _place(own.max(), runs) + 1) if len(own) else last
    near = (event for event in events if first - WITHIN <= _place(event.run_id, runs) <= last + WITHIN)
    return next((event.text for event in near if event.kind in ("", row["kind"])), "")


def _throttled(row: pd.Series, records: pd.DataFrame) -> str:
    """Most runs since the change were throttled, and most of those before were not."""
    own = records[records["experiment"] == row["experiment"]]
    throttled = own["throttled"].fillna(value=False).astype(bool)
    since, before = throttled[own["run_id"] >= row["since"]], throttled[own["run_id"] < row["since"]].tail(STANDS)
    is_news = bool(since.mean() > 1 / 2) and not (len(before) and before.mean() > 1 / 2)
    return "the machine was throttled" if is_news else ""


def _same_artifact(row: pd.Series) -> str:
    same = row["artifact_before"] and row["artifact_before"] == row["artifact_after"]
    return "the built artifact is the same: machine or input" if same and row["metric"] in TIMED else ""


def _words(tests: Sequence[str]) -> str:
    return ", ".join(test.replace("_", " ") for test in tests)


def _place(run_id: str, runs: Sequence[str]) -> int:
    """Its place among `runs`; for one that is not among them, as from before they begin, where it would stand."""
    return bisect.bisect_left(runs, run_id)
