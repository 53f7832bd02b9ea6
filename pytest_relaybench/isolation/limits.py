"""What a child does to itself before anything else is imported."""

from __future__ import annotations

import ctypes
import errno
import faulthandler
import os
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from . import leftovers

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
STACK_SIGNAL = signal.SIGUSR1
LEAVE_S = 2.0  # for threads to end once a child has nothing more to do


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent dies, however that dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def end_group_with_parent(commands: int, reports: int) -> None:
    """Leave a process in this group that ends the whole group, grandchildren too, when the parent is gone.

    The kernel's own signal reaches this process only. `commands` is the pipe that the parent holds the other end of.
    To be called while this process has one thread. The process is nobody's child: a test that waits for all of its own
    would wait for ever.
    """
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    if os.fork():
        os._exit(0)
    os.close(reports)  # or the parent would wait for it
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, leftovers.GUARD.encode())
    waiting = select.poll()
    waiting.register(commands, 0)  # the end of the other side is told unasked
    waiting.poll()
    leftovers.end(os.environ.get(leftovers.MARK, ""))
    leftovers.remove_output()
    os.killpg(0, signal.SIGKILL)


def limit_memory(most_bytes: int) -> None:
    """Let this process, and each one that it starts, have so many bytes of address space; 0 for no limit.

    Where there is a lower limit already, that one holds: only root may raise it.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if most_bytes and (hard == resource.RLIM_INFINITY or most_bytes < hard):
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def reopen_closed(outputs: Sequence[int]) -> None:
    """Open standard output and error anew where a test has closed them, before some file takes their numbers."""
    for descriptor, kept in zip((1, 2), outputs, strict=True):
        try:
            os.fstat(descriptor)
        except OSError:
            os.dup2(kept, descriptor)


def worn_out() -> str:
    """Why this process had better not run another test, empty where it may."""
    try:
        os.close(os.dup(0))
    except OSError as error:
        return f"the test left no file descriptor free ({error.strerror})" if error.errno == errno.EMFILE else ""
    return ""


def leave_in_time(tell: Callable[[list[str]], None], status: int) -> None:
    """End this process with `status` after a while although threads that nobody ended hold it up; `tell` their names.

    Executors end their threads when the interpreter does, so that some may go by themselves.
    """

    def leave() -> None:
        threading.Event().wait(LEAVE_S)
        held_up_by = [thread.name for thread in threading.enumerate() if not thread.daemon and thread.is_alive()]
        names = [name for name in held_up_by if name != threading.main_thread().name]
        if names:
            tell(names)
            os._exit(status)

    threading.Thread(target=leave, daemon=True).start()


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
