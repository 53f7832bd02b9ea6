"""One run at a time in a home: a lock, and beside it the facts about who holds it."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from .errors import HomeError
from .files import write_json

LOCK_FILE = ".lock"
HOLDER_FILE = ".lock.json"  # apart: some versions of filelock truncate the file they lock


class HomeLock:
    """The lock of the home at `root` for the run `run_id`; usable as a context.

    The kernel holds it (flock) and lets go when the process ends, however it ends: what a dead run left behind never
    blocks the next one, so there is nothing to clean up by hand and no age after which a lock is broken.
    """

    def __init__(self, root: Path, run_id: str) -> None:
        self._root = root
        self._run_id = run_id
        self._lock = FileLock(root / LOCK_FILE, timeout=0, thread_local=False)

    def acquire(self) -> None:
        """Take the lock at once; raises HomeError naming the holder, or when the home cannot be written."""
        try:
            self._lock.acquire()
        except Timeout:
            raise HomeError(f"{self._root}: {_holder_text(self._root)}") from None
        except OSError as error:
            raise HomeError(f"{self._root}: the home cannot be written: {error.strerror or error}") from None
        try:
            self._name_holder()
        except OSError as error:
            self._lock.release()
            raise HomeError(f"{self._root}: the home cannot be written: {error.strerror or error}") from None

    def release(self) -> None:
        """Let go; does nothing when the lock is not held."""
        if self._lock.is_locked:
            (self._root / HOLDER_FILE).unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> HomeLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _name_holder(self) -> None:
        holder = {
            "pid": os.getpid(),
            "host": platform.node(),
            "start": datetime.now(UTC).isoformat(timespec="seconds"),
            "run_id": self._run_id,
        }
        write_json(self._root / HOLDER_FILE, holder)


def _holder_text(root: Path) -> str:
    holder = _holder(root)
    if not holder:
        return "another run is using this home, wait for it to end"
    who = f"process {holder.get('pid')} on {holder.get('host')}, since {holder.get('start')}"
    return f"run {holder.get('run_id')} is using this home ({who}), wait for it to end"


def _holder(root: Path) -> dict[str, Any]:
    try:
        holder = json.loads((root / HOLDER_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}
