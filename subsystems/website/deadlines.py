"""The deadlines that the subsystem `deadline` has written, for a countdown on the overview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pytest_relaybench.files import read_json

FILE = "deadlines.json"
PASSED_FOR = timedelta(days=7)  # how long one that has passed is still told


@dataclass(frozen=True)
class Due:
    """A deadline; `moment` has the offset from UTC that its config speaks of."""

    name: str
    moment: datetime

    @property
    def text(self) -> str:
        """Date and minute where it is due: `2026-11-25 23:59 UTC-12:00`."""
        return f"{self.moment:%Y-%m-%d %H:%M %Z}"


def deadlines_of(output: Path | None, now: datetime | None) -> list[Due]:
    """The deadlines in the output folder, soonest first, those that passed in the week before `now` at the end.

    Older ones are left out. Entries that cannot be read are passed over.
    """
    if output is None:
        return []
    found = sorted(_read(output / FILE), key=lambda due: due.moment)
    if now is None:
        return found
    to_come = [due for due in found if due.moment > now]
    return to_come + [due for due in found if now - PASSED_FOR < due.moment <= now]


def _read(path: Path) -> Iterator[Due]:
    try:
        entries = read_json(path)
    except (OSError, ValueError):
        return
    for entry in entries if isinstance(entries, list) else ():
        due = _due(entry)
        if due is not None:
            yield due


def _due(entry: Any) -> Due | None:
    try:
        moment = datetime.fromisoformat(entry["date_iso"])
        return Due(str(entry["name"]), moment) if moment.tzinfo is not None else None
    except (KeyError, TypeError, ValueError):
        return None
