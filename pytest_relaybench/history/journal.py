"""The journal of a run: appended to the moment anything is known, and what a killed run is recovered from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..files import append_line, open_regular

JOURNAL_SCHEMA = 1
TAIL_BYTES = 4096  # an end is far shorter
BEGIN, EXPERIMENT, TEST, EXPERIMENT_END, END = "begin", "experiment", "test", "experiment_end", "end"
PRIVATE = 0o600
RESUMED = "resumed"  # the night goes on in another session

Entry = Mapping[str, Any]


class Journal:
    """Appends entries to `journal.jsonl`; each is on the disk before the next thing happens."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "journal.jsonl"
        self.path.touch(PRIVATE)  # outputs of tests may be in it
        if not _ends_whole(self.path):
            with self.path.open("ab") as file:
                file.write(b"\n")  # after a line that a kill cut short

    def write(self, kind: str, **content: Any) -> None:
        """Append one entry."""
        append_line(self.path, {"kind": kind, **content})

    def size(self) -> int:
        """Bytes written so far: where the next entry will begin."""
        return self.path.stat().st_size


def _ends_whole(path: Path) -> bool:
    """Whether another line may follow."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read() in {b"", b"\n"}


def read_journal(path: Path, start: int = 0) -> list[dict[str, Any]]:
    """The entries of a journal from byte `start` on.

    A last line that a kill cut short, and any that is no JSON object, are left out.
    """
    entries = []
    for line in _lines(path, start):
        entry = _parsed(line)
        if isinstance(entry, dict) and isinstance(entry.get("kind"), str):
            entries.append(entry)
    return entries


def unreadable_lines(path: Path) -> int:
    """How many lines of a journal, or of another file of such lines, are no JSON."""
    lines = _lines(path, 0)
    return sum(_parsed(line) is None for line in lines if line)


def _parsed(line: bytes) -> Any:
    """What stands in the line, None where that is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _lines(path: Path, start: int) -> list[bytes]:
    with open_regular(path) as file:
        file.seek(start)
        return file.read().splitlines()


def ends_finished(path: Path) -> bool:
    """Whether the journal's last line says that its run ended: what most journals say, without reading them whole."""
    with open_regular(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        last = file.read().splitlines()[-1:]
    try:
        return bool(last) and json.loads(last[0]).get("kind") == END
    except (ValueError, AttributeError, RecursionError):
        return False


def is_finished(entries: Sequence[Entry]) -> bool:
    """Whether the run came to its end, and was not resumed after it."""
    return next((entry["kind"] == END for entry in reversed(entries) if entry["kind"] in {END, RESUMED}), False)


def experiment_starts(path: Path) -> dict[str, int]:
    """Where the entries of each experiment begin, in bytes: those of an earlier sitting."""
    starts: dict[str, int] = {}
    place = 0
    with open_regular(path) as file:
        for line in file:
            if line.startswith(b'{"kind": "experiment",'):
                with suppress(ValueError, KeyError, RecursionError):
                    starts.setdefault(json.loads(line)["experiment"], place)
            place += len(line)
    return starts


def of_experiment(entries: Sequence[Entry], name: str) -> list[Entry]:
    """The entries that speak of one experiment, in order."""
    return [entry for entry in entries if entry.get("experiment") == name]
