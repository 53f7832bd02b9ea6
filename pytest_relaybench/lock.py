"""One run at a time in a home: a lock, and beside it the facts about who holds it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
from filelock import FileLock, Timeout

from .errors import HomeError, reason_of
from .files import json_object, write_json
from .mounts import MOUNTS, type_without_shared_locks
from .visible import visible_line

LOCK_FILE = ".lock"
HOLDER_FILE = ".lock.json"  # apart: some versions of filelock truncate the file they lock
PRIVATE = 0o600  # who runs what, and since when, is nobody else's business
LOOK_EVERY_S = 0.5  # while waiting
MOST_PID = 2**31 - 1
NAMING_S = 1.0  # in which a holder that has only just begun writes who it is

Tell = Callable[[str], None]


class HomeLock:
    """The lock of the home at `root` for the run `run_id`; usable as a context.

    The kernel holds it (flock) and lets go when the process ends, however it ends: what a dead run left behind never
    blocks the next one, so there is nothing to clean up by hand and no age after which a lock is broken. The exception
    is a file system that hosts share and locks are not: there the facts that another host's run left behind do block.
    """

    def __init__(self, root: Path, run_id: str = "", *, mounts: Path = MOUNTS) -> None:
        self._root = root
        self._mounts = mounts
        self._run_id = run_id
        self.left_by = ""  # the run that held the home before, and did not give it back, as one that was killed
        self._former: dict[str, Any] = {}  # its facts
        self._lock = FileLock(root / LOCK_FILE, timeout=0, mode=PRIVATE, thread_local=False)

    def acquire(self, *, wait_s: float = 0.0, tell: Tell | None = None) -> bool:
        """Take the lock at once, or within `wait_s` seconds, which may be infinite; tells whether it had to wait.

        `tell` is told, in a line, for whom. Raises HomeError naming the holder, or when the home cannot be written.
        """
        has_waited = False
        try:
            self._take(0)
        except Timeout:
            holder = _holder_text(self._root)
            if wait_s <= 0:
                raise HomeError(f"{self._root}: {holder}, wait for it to end (--wait does)") from None
            if tell is not None:
                tell(f"{self._root}: {holder}: waiting for it to end")
            self._wait(wait_s)
            has_waited = True
        try:
            self._look_at_former()
            self._name_holder()
        except OSError as error:
            self._lock.release()
            raise self._not_writable(error) from None
        except HomeError:
            self._lock.release()
            raise
        return has_waited

    def name_run(self, run_id: str) -> None:
        """Tell others which run holds the lock; raises HomeError when the home cannot be written."""
        self._run_id = run_id
        try:
            self._name_holder()
        except OSError as error:
            raise self._not_writable(error) from None

    @property
    def is_held(self) -> bool:
        """Whether this is who holds it."""
        return bool(self._lock.is_locked)

    def release(self) -> None:
        """Let go; does nothing when the lock is not held."""
        if self._lock.is_locked:
            with suppress(OSError):  # the home cannot be written any more: the kernel's lock counts, and it goes now
                self._forget_holder()
            self._lock.release()

    def _forget_holder(self) -> None:
        """What a killed run left stays for the next one to tell of, where this was none itself."""
        if self._former and not self._run_id:
            write_json(self._root / HOLDER_FILE, self._former)
        else:
            (self._root / HOLDER_FILE).unlink(missing_ok=True)

    def __enter__(self) -> HomeLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _wait(self, wait_s: float) -> None:
        try:
            self._take(wait_s)
        except Timeout:
            told = f"{_holder_text(self._root)}, also after the {wait_s:g} s of --wait"
            raise HomeError(f"{self._root}: {told}") from None

    def _take(self, wait_s: float) -> None:
        try:
            self._lock.acquire(timeout=-1 if wait_s == float("inf") else wait_s, poll_interval=LOOK_EVERY_S)
        except Timeout:
            raise
        except OSError as error:
            raise self._not_writable(error) from None

    def _not_writable(self, error: OSError) -> HomeError:
        return HomeError(f"{self._root}: the home cannot be written: {reason_of(error)}")

    def _look_at_former(self) -> None:
        """Raise HomeError where a run of another host may hold the home without this kernel knowing of it."""
        holder = _holder(self._root)
        self.left_by = str(holder.get("run_id") or "")
        self._former = holder if self.left_by else {}
        if not holder or holder["host"] == platform.node():
            return
        kind = type_without_shared_locks(self._root, self._mounts)
        if kind:
            told = f"{_told(holder)}, whose locks are not seen here ({kind})"
            raise HomeError(f"{self._root}: {told}: if that run is gone, remove {self._root / HOLDER_FILE}")

    def _name_holder(self) -> None:
        holder = {
            "pid": os.getpid(),
            "host": platform.node(),
            "start": datetime.now(UTC).isoformat(timespec="seconds"),
            "run_id": self._run_id,
        }
        write_json(self._root / HOLDER_FILE, holder)
        for name in (LOCK_FILE, HOLDER_FILE):
            with suppress(OSError):  # the lock file of another user, or a file system without modes
                (self._root / name).chmod(PRIVATE)


def _holder_text(root: Path) -> str:
    """Who holds the lock that could not be taken; what an earlier holder left behind is not believed."""
    deadline = time.monotonic() + NAMING_S
    while not _lives(holder := _holder(root)) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S / 10)
    return _told(holder) if _lives(holder) else "another run is using this home"


def _told(holder: dict[str, Any]) -> str:
    run = f"run {holder['run_id']}" if holder.get("run_id") else "another run"
    told = f"{run} is using this home (process {holder['pid']} on {holder['host']}, since {holder['start']})"
    return visible_line(told)


def _lives(holder: dict[str, Any]) -> bool:
    """Whether a process may be what is told; of another host's nobody knows here."""
    return bool(holder) and (holder["host"] != platform.node() or psutil.pid_exists(holder["pid"]))


def _holder(root: Path) -> dict[str, Any]:
    """The facts beside the lock, empty where there are none or they are damaged."""
    holder = json_object(root / HOLDER_FILE) or {}
    pid = holder.get("pid")
    sound = isinstance(pid, int) and 0 < pid <= MOST_PID
    return holder if sound and all(isinstance(holder.get(key), str) for key in ("host", "start")) else {}
