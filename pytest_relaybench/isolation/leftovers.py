"""What a child started and left running: found by a mark in the environment, wherever it hides, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

MARK = "RELAYBENCH_CHILD"  # in the environment of a child, and so of whatever it starts
GUARD = "relaybench-ward"  # the name of the process that ends the group with the parent
FOLDER = "relaybench-child-"  # how the names of folders begin in which the output of children lies
LONGEST_NAME = 60
ROUNDS, ROUND_S = 50, 0.01  # to end what may start others meanwhile
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Leftover:
    """A process that a child's tests left running."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid})"


def left_by(mark: str, but: Collection[int] = ()) -> list[Leftover]:
    """Processes with this mark, also in sessions of their own; none where the system has no `/proc`.

    One that was given another environment is not found unless it is in the child's process group.
    """
    found = [pid for pid in _all_processes() if pid not in but and _has(pid, mark)]
    return [Leftover(pid, _name(pid)) for pid in found if _told(pid, "comm").strip() != GUARD.encode()]


def end(mark: str) -> None:
    """Kill all that carry the mark, and what they start meanwhile, but not the process that asks."""
    for _ in range(ROUNDS):
        found = left_by(mark, {os.getpid()})
        if not found:
            return
        for each in found:
            _kill(each.pid, mark)
        time.sleep(ROUND_S)


def _kill(pid: int, mark: str) -> None:
    """Not whoever has got the number since it was found: the process is held while its mark is looked at again."""
    with contextlib.suppress(ProcessLookupError, PermissionError), contextlib.ExitStack() as held:
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        except OSError:  # no descriptor is left, or the kernel is too old
            os.kill(pid, signal.SIGKILL)
            return
        held.callback(os.close, process)
        if _has(pid, mark):
            signal.pidfd_send_signal(process, signal.SIGKILL)


def _has(pid: int, mark: str) -> bool:
    return f"{MARK}={mark}\0".encode() in _told(pid, "environ")


def remove_output() -> None:
    """Remove the files that this process's output goes to, and their folder, where they are a child's."""
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            file = Path(f"/proc/self/fd/{descriptor}").readlink()
            if file.parent.name.startswith(FOLDER):
                file.unlink()
                file.parent.rmdir()  # once the second one is gone


def names(found: Collection[Leftover]) -> str:
    """As in a message, the first few by name."""
    shown = ", ".join(str(each) for each in [*found][:3])
    return f"{shown} and {len(found) - 3} more" if len(found) > 3 else shown


def _all_processes() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(entry) for entry in os.listdir(PROCESSES) if entry.isdecimal()]
    return []


def _told(pid: int, what: str) -> bytes:
    """Empty for a process that is gone, a zombie, or not ours to ask."""
    try:
        with open(f"/proc/{pid}/{what}", "rb") as file:  # noqa: PTH123, as above
            return file.read()
    except OSError:
        return b""


def _name(pid: int) -> str:
    words = _told(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
    shown = "".join(mark if mark.isprintable() else "?" for mark in words)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[:LONGEST_NAME]}..."
