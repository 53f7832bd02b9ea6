"""What else is to be known of a comparison: another machine, another kernel, a hot CPU, values that are not alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from ..machine import fingerprint_changes
from ..render.format import count_text
from .comparing import Compared
from .selecting import Side

ACROSS = "--across-machines compares them all the same"
WAYS = {
    "history": "intervals: 99 %, from how far nights of a series lie apart",
    "ranks": "intervals: 95 %, by the ranks of the runs",
    "deterministic": "exact: the same build always gives the same value, so any difference is one",
}


def side_remarks(base: Side, candidate: Side, *, across_machines: bool) -> Iterator[str]:
    """Lines on the two sides themselves."""
    if base.source.place == candidate.source.place:
        yield from _shared_runs(base, candidate)
    yield from _machines(base, candidate, across_machines=across_machines)
    for side in (base, candidate):
        yield from _throttled(side)
    for place, notes in dict.fromkeys((side.source.place, side.source.notes) for side in (base, candidate)):
        if notes:
            yield f"{place}: {count_text(len(notes), 'file')} left out: {notes[0]}"


def _shared_runs(base: Side, candidate: Side) -> Iterator[str]:
    """Builds may be measured in one run, and then have their own rows in it."""
    rows = [set(side.rows.index) for side in (base, candidate)]
    shared = set(base.run_ids) & set(candidate.run_ids)
    if shared and rows[0] & rows[1]:
        yield "both sides are the same" if rows[0] == rows[1] else f"{count_text(len(shared), 'run')} on both sides"


def _machines(base: Side, candidate: Side, *, across_machines: bool) -> Iterator[str]:
    ours, theirs = (dict.fromkeys(side.rows["machine"]) for side in (base, candidate))
    shared = [machine for machine in ours if machine in theirs]
    if not shared and ours and theirs:
        names = " and ".join(_machine_text(side) for side in (base, candidate))
        yield f"the sides ran on different machines, {names}" + ("" if across_machines else f": {ACROSS}")
    for machine in shared:
        before, after = (_fingerprint(side, machine) for side in (base, candidate))
        changes = fingerprint_changes(before, after)
        if changes:
            yield f"machine {machine} was not quite the same: {', '.join(changes)}"


def _machine_text(side: Side) -> str:
    told = []
    for machine in dict.fromkeys(side.rows["machine"]):
        facts = side.source.machines.get(machine, {})
        words = [str(facts[key]) for key in ("host", "cpu_model") if facts.get(key)]
        told.append(f"{machine} ({', '.join(words)})" if words else str(machine))
    return " + ".join(told)


def _fingerprint(side: Side, machine: str) -> dict[str, str]:
    """Of the side's newest run on the machine; nothing where it was not recorded."""
    found = _records(side)
    found = found[found["machine"] == machine]
    told = json.loads(found["fingerprint"].iloc[-1]) if len(found) else {}
    return told if isinstance(told, dict) else {}


def _records(side: Side) -> pd.DataFrame:
    records = side.source.records
    return records[records["run_id"].isin(side.run_ids)].sort_values("run_id", kind="stable")


def _throttled(side: Side) -> Iterator[str]:
    found = _records(side)
    hot = found.loc[found["throttled"].fillna(value=False).astype(bool), "experiment"] if len(found) else ()
    if len(hot):
        yield f"{side.name}: the machine was throttled during {', '.join(dict.fromkeys(map(str, hot)))}"


def verdict_remarks(compared: Compared) -> Iterator[str]:
    """Lines on the verdicts: why some are unsure, and what the intervals are."""
    for reason, count in Counter(compared.series["reason"]).most_common():
        if reason:
            yield f"{count_text(count, 'series', 'series')}: {reason}"
    yield from (text for way, text in WAYS.items() if (compared.series["way"] == way).any())
    if compared.means["low"].notna().any():
        yield "intervals of means: 95 %, of the choice of series, not of noise"
