"""A control group within our own, for a fault that a limit of the kernel makes."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
NUMBERS = itertools.count()
MOST_PIDS = 1 << 22  # that the kernel takes; of bytes, enough to try whether a limit can be set
PATIENCE_S = 5.0  # for the last process of a group to be gone

# by controller and version: the file that limits, and how version 2 calls it
LIMITS = {"memory": ("memory.limit_in_bytes", "memory.max"), "pids": ("pids.max", "pids.max")}


def _own(controller: str) -> tuple[Path, str] | None:
    """The folder of our own group, and the file of a group in it that limits this controller."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return CGROUPS / controller / path.lstrip("/"), LIMITS[controller][0]
        if not controllers and controller in _delegated(CGROUPS / path.lstrip("/")):
            return CGROUPS / path.lstrip("/"), LIMITS[controller][1]
    return None


def _delegated(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return (folder / "cgroup.subtree_control").read_text().split()
    return []


@contextmanager
def cgroup(controller: str, limit: int) -> Iterator[Path]:
    """A group that may have so much; write a process's number to `cgroup.procs` in it."""
    own = _own(controller)
    assert own is not None
    folder = own[0] / f"relaybench-{os.getpid()}-{next(NUMBERS)}"
    folder.mkdir()
    try:
        (folder / own[1]).write_text(str(limit))
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while folder.exists():
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def why_no_cgroup(controller: str) -> str:
    """Why this machine can have none, empty where it can."""
    if _own(controller) is None:
        return f"no control group for {controller} here"
    try:
        with cgroup(controller, MOST_PIDS):
            return ""
    except OSError as error:
        return f"no control group for {controller} can be made: {error.strerror}"
