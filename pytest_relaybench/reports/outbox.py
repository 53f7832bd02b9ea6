"""Messages on their way: kept on the disk from before they are sent until they are, so that none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..files import read_json, set_aside, write_json
from ..render.format import run_time
from .sending import Part

SCHEMA = 1


@dataclass(frozen=True)
class Waiting:
    """What is still to be sent to one target of one night's report; `thread` is what the parts before began.

    `refusals` counts the nights in which its first part was refused.
    """

    target: str
    run_id: str
    night: str
    parts: Sequence[Part]
    thread: str = ""
    refusals: int = 0
    path: Path = field(default=Path(), compare=False)


_STORED = TypeAdapter(Waiting)


class Outbox:
    """A folder that only its owner may read, one JSON file for each report and target. No secret is in it.

    Where nothing can be written, messages wait in memory, to be sent all the same; `problem` tells why.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unwritten: list[Waiting] = []
        self.problem: OSError | None = None

    def put(self, waiting: Waiting) -> Waiting:
        """Keep it; returns it with its file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            names = (self._folder / f"{waiting.run_id}-{number}.json" for number in count())
            return self._write(replace(waiting, path=next(path for path in names if not path.exists())))
        except OSError as error:
            self.problem = error
            self._unwritten.append(waiting)
            return waiting

    def sent(self, waiting: Waiting, thread: str) -> Waiting | None:
        """Its first part is sent: keep the rest; None when nothing is left."""
        rest = waiting.parts[1:]
        if not rest:
            self.drop(waiting)
            return None
        return self._changed(waiting, replace(waiting, parts=rest, thread=thread, refusals=0))

    def refused(self, waiting: Waiting) -> bool:
        """Its first part was refused tonight: keep it for one more night, once; returns whether it is kept."""
        if waiting.refusals:
            self.drop(waiting)
            return False
        self._changed(waiting, replace(waiting, refusals=1))
        return True

    def drop(self, waiting: Waiting) -> None:
        """Forget it."""
        if waiting in self._unwritten:
            self._unwritten.remove(waiting)
            return
        with suppress(OSError):
            waiting.path.unlink(missing_ok=True)

    def waiting(self, target: str = "") -> list[Waiting]:
        """What waits for this target, or for all, oldest night first."""
        found = [*(_read(path) for path in sorted(self._folder.glob("*.json"))), *self._unwritten]
        return [entry for entry in found if entry is not None and target in ("", entry.target)]

    def prune(self, now: datetime, days: int, most: int) -> list[str]:
        """Forget what is older than `days` or beyond the newest `most`, move aside what is no message; say which."""
        told = [_put_aside(path) for path in sorted(self._folder.glob("*.json")) if _read(path) is None]
        entries = self.waiting()
        oldest = now - timedelta(days=days)
        new = [entry for entry in entries if (run_time(entry.run_id) or oldest) > oldest]
        kept = new[len(new) - most :] if len(new) > most else new
        for entry in entries:
            if entry not in kept:
                self.drop(entry)
                told.append(f"the message of {entry.night} to {entry.target} waited too long and is dropped")
        return told

    def _changed(self, before: Waiting, after: Waiting) -> Waiting:
        if before in self._unwritten:
            self._unwritten[self._unwritten.index(before)] = after
            return after
        try:
            return self._write(after)
        except OSError as error:
            self.problem = error
            return after

    def _write(self, waiting: Waiting) -> Waiting:
        content = {key: value for key, value in asdict(waiting).items() if key != "path"}
        write_json(waiting.path, {"schema": SCHEMA, **content})
        waiting.path.chmod(0o600)
        return waiting


def _put_aside(path: Path) -> str:
    try:
        return f"{path.name} in the outbox could not be read and is kept as {set_aside(path).name}"
    except OSError as error:
        return f"{path.name} in the outbox can be neither read nor moved aside: {error.strerror}"


def _read(path: Path) -> Waiting | None:
    try:
        content = read_json(path)
        if content.pop("schema") != SCHEMA:
            return None
        return replace(_STORED.validate_python(content), path=path)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, ValidationError):
        return None
