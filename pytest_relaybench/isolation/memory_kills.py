"""How often the kernel has ended a process because memory ran out: what a SIGKILL came from."""

from __future__ import annotations

import contextlib
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
WHOLE_MACHINE = Path("/proc/vmstat")


def memory_kills() -> tuple[int, ...]:
    """The kernel's counts, of this process's control group and of the machine, without those that it does not tell.

    A child is in the group of its parent, so that one more afterwards is the child, or something beside it.
    """
    places = [*_of_own_group(), WHOLE_MACHINE]
    return tuple(count for count in map(_count, places) if count is not None)


def why_killed(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """In brackets behind SIGKILL, with the counts before the child's start and after its end."""
    if not before or len(before) != len(after):
        return " (out of memory?)"
    return " (out of memory)" if after != before else " (sent by a process)"


def _of_own_group() -> list[Path]:
    """The files of this process's group: version 2 has one tree for all, version 1 one for memory."""
    lines: list[str] = []
    with contextlib.suppress(OSError):
        lines = OWN_CGROUPS.read_text().splitlines()
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        inside = path.lstrip("/")
        if not controllers:
            found.append(CGROUPS / inside / "memory.events")
        elif "memory" in controllers.split(","):
            found.append(CGROUPS / "memory" / inside / "memory.oom_control")
    return found


def _count(path: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None
