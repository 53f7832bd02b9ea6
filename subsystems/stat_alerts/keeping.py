"""`alerts.json`: the night's alerts for programs, and which of them earlier runs had already."""

from __future__ import annotations

import math
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pytest_relaybench.files import json_object, set_aside, write_json
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.judging.machine_events import WITHIN
from pytest_relaybench.judging.verdicts import MachineEvent

from .finding import Alert, Found

ALERTS_FILE = "alerts.json"
SCHEMA = 1
EVENTS_KEPT = 50
_EVENT = TypeAdapter(MachineEvent)

Told = Mapping[str, Mapping[str, str]]  # an alert's key → its series


def kept_damaged(path: Path) -> str:
    """Move a file that cannot be read aside, and say so; "" where it can, or there is none.

    What it knew is told again as if it were new.
    """
    if not os.path.lexists(path) or _told(json_object(path) or {}) is not None:
        return ""
    return f"{path.name} could not be read and is kept as {set_aside(path).name}: all that stands is told as new"


def known_before(path: Path, run_id: str) -> Told | None:
    """What earlier runs have told and no run has taken back; None when the file is of no earlier run."""
    content = json_object(path) or {}
    told = _told(content)
    return told if told is not None and content["run_id"] < run_id else None


def _told(content: Mapping[str, Any]) -> Told | None:
    """What the file's content tells, None where it is not of its form."""
    try:
        entries = [*content["alerts"], *content.get("kept", [])]
        told = {entry["key"]: {column: entry["series"][column] for column in SERIES_COLUMNS} for entry in entries}
    except (KeyError, TypeError, AttributeError):
        return None
    texts = [content.get("run_id"), *told, *(text for series in told.values() for text in series.values())]
    return told if all(isinstance(text, str) for text in texts) else None


def events_before(path: Path, run_id: str) -> list[MachineEvent]:
    """What earlier runs told of the machine, the newest first; an entry that is none is left out."""
    content = json_object(path) or {}
    is_earlier = str(content.get("run_id", "")) < run_id
    lists = (content.get("events") if is_earlier else (), content.get("events_before"))
    found = []
    for entry in (entry for entries in lists if isinstance(entries, list) for entry in entries):
        with suppress(ValidationError):
            found.append(_EVENT.validate_python(entry))
    return list(dict.fromkeys(found))[:EVENTS_KEPT]


def untold(events: Sequence[MachineEvent], told: Sequence[MachineEvent], runs: Sequence[str]) -> list[MachineEvent]:
    """What happened to the machine and nobody was told yet; `runs` are all runs, oldest first.

    The next night may know better when it began and what moved, so it is the same as one of that machine and cause
    which was told of a run at most three away; a changed fingerprint is the same when it says the same.
    """
    return [event for event in events if not any(_is_same(event, other, runs) for other in told)]


def _is_same(event: MachineEvent, other: MachineEvent, runs: Sequence[str]) -> bool:
    if (event.machine, event.cause) != (other.machine, other.cause):
        return False
    apart = abs(bisect_left(runs, event.run_id) - bisect_left(runs, other.run_id))
    return event.text == other.text if event.cause == "fingerprint" else apart <= WITHIN


def write_alerts(
    path: Path, found: Found, tell: Sequence[Alert], before: Told | None, about: Mapping[str, Any]
) -> None:
    """Write the file, `about` first, also of a night without alerts; numbers that there are not are null.

    `tell` are the alerts of `found` that are told; what was told before and could not be looked at tonight, or is not
    to be told again, is kept aside.
    """
    entries = [
        {**_without_nan(asdict(alert)), "key": alert.key, "is_new": before is not None and alert.key not in before}
        for alert in tell
    ]
    counts = dict(Counter(alert.kind for alert in tell))
    told = {alert.key for alert in tell}
    kept = [{"key": key, "series": series} for key, series in _kept(found, before or {}) if key not in told]
    write_json(path, {"schema": SCHEMA, **about, "counts": counts, "alerts": entries, "kept": kept})


def _kept(found: Found, before: Told) -> Iterator[tuple[str, Mapping[str, str]]]:
    standing = {alert.key for alert in found.alerts}
    for key, series in before.items():
        if key in standing or not found.looked_at(series["experiment"], series.values()):
            yield key, series


def _without_nan(content: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in content.items()
    }
