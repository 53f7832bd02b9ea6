"""Whether somebody's code can be loaded at all: tried in a copy of this process, which may hang or die without harm."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
import secrets
import select
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from .errors import SubsystemError
from .isolation import leftovers
from .isolation.limits import die_with_parent
from .isolation.output import OutputFile

LOAD_TIMEOUT_S = 60.0
STACK_WAIT_S = 0.5  # after the deadline, for the copy to say where it is
LOOK_S = 0.05
CAME_BACK = b"!"
_FRAME = re.compile(r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+) in (?P<name>\S+)', re.MULTILINE)


def try_loading(load: Callable[[], object], source: Path, timeout_s: float | None = None) -> None:
    """Load in a copy of this process; raises SubsystemError when that never ends, or ends the copy.

    What `load` raises is no matter: the caller, who loads for good afterwards, will see it too.
    """
    limit_s = LOAD_TIMEOUT_S if timeout_s is None else timeout_s
    with tempfile.TemporaryDirectory(prefix="relaybench-trial-") as folder, contextlib.ExitStack() as held:
        output, stacks = (OutputFile(Path(folder) / name) for name in ("out", "stacks"))
        held.callback(output.close)
        held.callback(stacks.close)
        came_back, tells = os.pipe()
        held.callback(os.close, came_back)
        held.callback(os.close, tells)
        mark = secrets.token_hex(8)
        pid = _copy()
        if pid == 0:
            os.environ[leftovers.MARK] = mark
            _be_the_copy(load, output.file.fileno(), stacks.file.fileno(), tells, limit_s)
        try:
            problem = _watch(pid, came_back, output, limit_s)
        finally:
            _end(pid, mark)
        if problem:
            place = _place(stacks.take(stacks.size()), source)
            raise SubsystemError(f"{source}: the subsystem cannot be loaded: {problem}{place}")


def _copy() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: the copy needs none, and has a deadline
        return os.fork()


def _be_the_copy(load: Callable[[], object], output: int, stacks: int, tells: int, limit_s: float) -> NoReturn:
    try:
        os.setsid()
        die_with_parent(os.getppid())
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        sys.stdout = sys.stderr = os.fdopen(os.dup(1), "w", errors="replace")
        faulthandler.enable(file=stacks)
        faulthandler.dump_traceback_later(limit_s, file=stacks)
        with contextlib.suppress(BaseException):
            load()
        os.write(tells, CAME_BACK)
    finally:
        os._exit(0)


def _watch(pid: int, came_back: int, output: OutputFile, limit_s: float) -> str:
    """Wait until the copy comes back from loading; a few words when it does not."""
    waiting = select.poll()
    waiting.register(came_back, select.POLLIN)
    deadline = time.monotonic() + limit_s + STACK_WAIT_S
    while time.monotonic() < deadline:
        size = output.size()
        has_ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # asked first: its word may be there
        if waiting.poll(0 if has_ended else LOOK_S * 1000) and os.read(came_back, 1) == CAME_BACK:
            return ""
        output.free(size)
        if has_ended:
            return _how_it_ended(pid)
    return f"not done after {limit_s:g} s"


def _how_it_ended(pid: int) -> str:
    found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert found is not None
    if found.si_code == os.CLD_EXITED:
        return f"it ends the process with exit status {found.si_status}"
    known = found.si_status in set(signal.Signals)
    return f"it is killed by {signal.Signals(found.si_status).name if known else f'signal {found.si_status}'}"


def _end(pid: int, mark: str) -> None:
    """The copy and what it has started: this process is about to start the same."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    leftovers.end(mark)
    with contextlib.suppress(ChildProcessError):  # somebody has chosen not to hear of children
        os.waitpid(pid, 0)


def _place(told: str, source: Path) -> str:
    """Where its own code was, of the stacks that were printed last."""
    own = source.parent if source.name == "__init__.py" else source
    frames = [frame for frame in _FRAME.finditer(told) if Path(frame["file"]).is_relative_to(own)]
    return f" ({Path(frames[0]['file']).name}:{frames[0]['line']} in {frames[0]['name']})" if frames else ""
