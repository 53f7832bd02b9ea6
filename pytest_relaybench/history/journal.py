"""The journal of a run: appended to the moment anything is known, and what a killed run is recovered from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import append_line

JOURNAL_SCHEMA = 1
TAIL_BYTES = 4096  # an end is far shorter
BEGIN, EXPERIMENT, TEST, EXPERIMENT_END, END = "begin", "experiment", "test", "experiment_end", "end"


class Journal:
    """Appends entries to `journal.jsonl`; each is on the disk before the next thing happens."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "journal.jsonl"
        if self.path.is_file() and not self.path.read_bytes().endswith(b"\n"):
            with self.path.open("ab") as file:
                file.write(b"\n")  # after a line that a kill cut short

    def write(self, kind: str, **content: Any) -> None:
        """Append one entry."""
        append_line(self.path, {"kind": kind, **content})

    def size(self) -> int:
        """Bytes written so far: where the next entry will begin."""
        return self.path.stat().st_size


def read_journal(path: Path, start: int = 0) -> list[dict[str, Any]]:
    """The entries of a journal from byte `start` on.

    A last line that a kill cut short, and any that is no JSON object, are left out.
    """
    entries = []
    for line in _lines(path, start):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and "kind" in entry:
            entries.append(entry)
    return entries


def _lines(path: Path, start: int) -> list[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        return file.read().splitlines()


def ends_finished(path: Path) -> bool:
    """Whether the journal's last line says that its run ended: what most journals say, without reading them whole."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        last = file.read().splitlines()[-1:]
    try:
        return bool(last) and json.loads(last[0]).get("kind") == END
    except (ValueError, AttributeError):
        return False


def is_finished(entries: list[dict[str, Any]]) -> bool:
    """Whether the run came to its end."""
    return any(entry["kind"] == END for entry in entries)


def of_experiment(entries: list[dict[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """The entries that speak of one experiment, in order."""
    return [entry for entry in entries if entry.get("experiment") == name]
