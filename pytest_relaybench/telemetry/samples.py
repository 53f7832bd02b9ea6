"""The samples of one experiment in one run, read back from their file."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import read_regular
from ..home import Home
from .sampler import BEGIN, END, MISSING, SAMPLE
from .topics import TOPICS, Readings, Topic


@dataclass(frozen=True)
class Samples:
    """`at[i]` is when `readings[i]` was taken, in seconds since the first; ascending.

    `missing`: topic → why the machine does not tell of it. `is_complete`: the sampler lived to its end.
    """

    rate_s: float
    measured_cpus: tuple[int, ...]
    topics: Mapping[str, Topic]
    at: tuple[float, ...]
    readings: tuple[Readings, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    is_complete: bool = False

    def lines(self, topic: str) -> dict[str, list[float]]:
        """Label → one value for each sample, NaN where it has none; labels in the order in which they came."""
        labels = dict.fromkeys(label for reading in self.readings for label in reading.get(topic, ()))
        return {label: [reading.get(topic, {}).get(label, math.nan) for reading in self.readings] for label in labels}


def folder_of(home: Home, experiment: str) -> Path:
    """Where the samples of an experiment lie, a file a run."""
    return home.results / "experiments" / "telemetry" / experiment


def file_of(home: Home, experiment: str, run_id: str) -> Path:
    """The samples of one experiment in one run."""
    return folder_of(home, experiment) / f"{run_id}.jsonl"


def read_samples(path: Path) -> Samples | None:
    """What the file holds, None when there is none or its beginning is not readable.

    A line that a kill cut short, and any that is not what a sampler writes, is left out.
    """
    try:
        entries = [entry for line in read_regular(path).splitlines() if (entry := _entry(line))]
    except OSError:
        return None
    begin = next((entry for entry in entries if entry["kind"] == BEGIN), None)
    try:
        return None if begin is None else _samples(begin, entries)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _samples(begin: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Samples:
    taken = _taken(entries, float(begin["rate_s"]))
    at = sorted(taken)
    return Samples(
        rate_s=float(begin["rate_s"]),
        measured_cpus=tuple(begin["measured_cpus"]),
        topics={name: TOPICS.get(name) or _topic(name, told) for name, told in begin["topics"].items()},
        at=tuple(at),
        readings=tuple(taken[t] for t in at),
        missing={str(e["topic"]): str(e["reason"]) for e in entries if e["kind"] == MISSING},
        is_complete=next((e["kind"] == END for e in reversed(entries) if e["kind"] in {BEGIN, END}), False),
    )


def _taken(entries: Sequence[Mapping[str, Any]], rate_s: float) -> dict[float, Readings]:
    """When → what was read. Of a night that was resumed, the next sitting's follow a rate's length after the last."""
    taken: dict[float, Readings] = {}
    offset = 0.0
    for entry in entries:
        if entry["kind"] == BEGIN and taken:
            offset = max(taken) + rate_s
        elif entry["kind"] == SAMPLE and _is_sample(entry):
            taken[offset + float(entry["t"])] = entry["values"]
    return taken


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and "kind" in entry else None


def _topic(name: str, told: Mapping[str, Any]) -> Topic:
    """A topic of another version of this program, as the file itself tells of it."""
    return Topic(name, str(told.get("unit", "")), str(told.get("title", name)))


def _is_sample(entry: Mapping[str, Any]) -> bool:
    values = entry.get("values")
    return (
        _is_number(entry.get("t"))
        and isinstance(values, dict)
        and all(isinstance(each, dict) and all(map(_is_number, each.values())) for each in values.values())
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max
