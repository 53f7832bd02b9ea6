"""What a child does to itself before anything else is imported."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import select
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
STACK_SIGNAL = signal.SIGUSR1


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent dies, however that dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def end_group_with_parent(commands: int, reports: int) -> None:
    """Leave a process in this group that ends the whole group, grandchildren too, when the parent is gone.

    The kernel's own signal reaches this process only. `commands` is the pipe that the parent holds the other end of.
    To be called while this process has one thread.
    """
    if os.fork():
        return
    os.close(reports)  # or the parent would wait for it
    waiting = select.poll()
    waiting.register(commands, 0)  # the end of the other side is told unasked
    waiting.poll()
    os.killpg(0, signal.SIGKILL)


def pin(cpus: Sequence[int]) -> None:
    """Run on these CPUs only, and so does all that is started from here; nothing to do when none are named."""
    if cpus:
        os.sched_setaffinity(0, cpus)


def tell_stacks() -> None:
    """Print every thread's stack to standard error on a crash, and whenever the parent asks by signal."""
    faulthandler.enable(all_threads=True)
    faulthandler.register(STACK_SIGNAL, all_threads=True, chain=False)


def sacrifice_first() -> None:
    """Let the kernel end this process, not the session, when memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123, pathlib is not imported yet
            file.write("1000")
    except OSError:
        return
