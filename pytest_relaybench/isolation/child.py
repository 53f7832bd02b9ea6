"""One child interpreter, as its parent sees it."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

from ..errors import ChildError
from . import leftovers, protocol
from .limits import STACK_SIGNAL
from .memory_kills import memory_kills, why_killed
from .output import ChildOutput

POLL_S = 0.05  # between two looks at a child that writes: whether it lives, and how much is there
SILENT_POLL_S = 0.25  # at one that writes nothing: each look takes a moment of a processor that may be measured on
STACK_WAIT_S = 0.5  # for a hung child to print its stacks
SEND_WAIT_S = 10.0  # for a child to take a line
STOP_WAIT_S = 10.0  # for a child that was told to stop to tear its fixtures down
GOING_WAIT_S = 1.0  # for what a child has started to notice that it has ended
LOOK_S = 0.02  # between two looks at that
CHUNK_BYTES = 1 << 16


class ChildGoneError(Exception):
    """The child died, or was killed because it hung; the message says how."""


class Startable(Protocol):
    """What a child needs to be started: interpreter, additions to the environment, and the first line it reads."""

    @property
    def python(self) -> str:
        """Path of the interpreter."""

    @property
    def env(self) -> Mapping[str, str]:
        """Added to the parent's environment."""

    def to_json(self) -> str:
        """One line."""

    def key(self) -> str:
        """What tells it from others."""


class Child:
    """A started interpreter with its own process group; output goes to two files unless `shares_output`."""

    WORKER: ClassVar = "pytest_relaybench.isolation.worker"
    BEFORE_READY: ClassVar = "before it had collected the experiment"
    WHEN_READY: ClassVar = "in the middle of the test"

    def __init__(self, launch: Startable, *, shares_output: bool) -> None:
        self.launch = launch
        self.is_ready = False  # has collected its module
        self._is_gone = False
        self._mark = secrets.token_hex(8)  # always as long: an environment's size moves the stack, and times with it
        self._lines = protocol.Lines()
        self._waiting: list[dict[str, Any]] = []
        self._kills = memory_kills()
        self._held = contextlib.ExitStack()  # until it is killed
        try:
            folder = self._held.enter_context(tempfile.TemporaryDirectory(prefix=leftovers.FOLDER))
            self._output = ChildOutput(Path(folder), shared=shares_output)
            self._held.callback(self._output.close)
            self._selector = self._held.enter_context(selectors.DefaultSelector())
            self._process, self._commands, self._reports = self._start()
            self._selector.register(self._reports, selectors.EVENT_READ)
        except OSError as error:
            self._held.close()
            raise ChildError(f"{launch.python}: the child could not be started: {error.strerror}") from None
        with contextlib.suppress(ChildGoneError):  # told by the first receive
            self._write(self.launch.to_json().encode() + b"\n")

    def _start(self) -> tuple[subprocess.Popen[bytes], int, int]:
        out, err = self._output.streams()
        # as in the parent: modules of the folder it was started in are found, or not
        path = [] if os.getcwd() in sys.path or "" in sys.path else ["-P"]  # noqa: PTH109, as sys.path has it
        with contextlib.ExitStack() as childs:
            child_reads, commands = os.pipe()
            childs.callback(os.close, child_reads)
            self._held.callback(os.close, commands)
            reports, child_writes = os.pipe()
            childs.callback(os.close, child_writes)
            self._held.callback(os.close, reports)
            os.set_blocking(commands, False)  # a child that never reads must not hold us up
            arguments = map(str, (child_reads, child_writes, os.getpid()))
            process = subprocess.Popen(
                [self.launch.python, "-u", *path, "-m", self.WORKER, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(child_reads, child_writes),
                env={**os.environ, **self.launch.env, leftovers.MARK: self._mark},
                start_new_session=True,
            )
        return process, commands, reports

    @property
    def pid(self) -> int:
        """The child's process number, which is its process group's too."""
        return self._process.pid

    @property
    def end(self) -> str:
        """How it ended, empty while it lives."""
        return self._epitaph() if self._process.poll() is not None else ""

    @property
    def is_stopped(self) -> bool:
        """Whether a signal has stopped it without ending it."""
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] in ("T", "t")
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill() if kind else self.stop()

    def send(self, kind: str, **content: Any) -> None:
        """Tell the child something; raises ChildGoneError when it is dead, or reads nothing."""
        self._write(protocol.encode(kind, **content))

    def _write(self, line: bytes) -> None:
        waiting = select.poll()
        waiting.register(self._commands, select.POLLOUT)
        while line:
            if not waiting.poll(SEND_WAIT_S * 1000):
                raise ChildGoneError("the child process does not read what it is told")
            try:
                line = line[os.write(self._commands, line) :]
            except BrokenPipeError:
                raise ChildGoneError(self._epitaph()) from None

    def receive(self, deadline: float) -> dict[str, Any]:
        """The child's next message.

        `deadline` is in seconds of `time.monotonic`. Raises ChildGoneError when the child dies first, and TimeoutError
        when it is silent until then.
        """
        pause_s, seen = POLL_S, list[int]()
        while not self._waiting:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            has_ended = self._process.poll() is not None  # asked first: its last words may still be in the pipe
            sizes = self._output.sizes()  # likewise: no report of a phase that ended before this is still to come
            pause_s, seen = (POLL_S if sizes != seen else min(2 * pause_s, SILENT_POLL_S)), sizes
            if self._selector.select(0 if has_ended else min(pause_s, left_s)):
                self._take()
            elif has_ended:
                raise ChildGoneError(self._epitaph())
            elif not self._lines.is_amid:
                self._output.free(sizes)
        return self._waiting.pop(0)

    def _take(self) -> None:
        received = os.read(self._reports, CHUNK_BYTES)
        if not received:
            raise ChildGoneError(self._epitaph())
        self._waiting += self._lines.feed(received)

    def _epitaph(self) -> str:
        """How the child ended, once it has."""
        try:
            status = self._process.wait(STACK_WAIT_S)
        except subprocess.TimeoutExpired:
            return "the child process closed its pipes"
        when = self.WHEN_READY if self.is_ready else self.BEFORE_READY
        if status >= 0:
            return f"the child process ended with exit status {status} {when}"
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        reason = why_killed(self._kills, memory_kills()) if name == "SIGKILL" else ""
        return f"the child process was killed by {name}{reason} {when}"

    def dump_stacks(self) -> None:
        """Have the child print every thread's stack to its standard error."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, STACK_SIGNAL)
            os.kill(self.pid, signal.SIGCONT)  # or one that is stopped would not
            time.sleep(STACK_WAIT_S)

    def output(self, upto: list[int] | None = None) -> tuple[str, str]:
        """What the child wrote to standard output and error since the last call, up to the given file sizes."""
        return self._output.take(upto)

    def left_running(self) -> list[leftovers.Leftover]:
        """What it has started that still runs."""
        return leftovers.left_by(self._mark, {self.pid})

    def stop(self) -> list[str]:
        """Let the child tear down its fixtures and leave; kill it when it does not.

        Returns what its tests had left running, a text for each sort: threads, processes, itself.
        """
        with contextlib.suppress(ChildGoneError):
            self.send(protocol.STOP)
        told = self._last_words(time.monotonic() + STOP_WAIT_S)
        until = time.monotonic() + GOING_WAIT_S
        while (found := self.left_running()) and self._process.poll() is not None and time.monotonic() < until:
            time.sleep(LOOK_S)
        self.kill()
        return [*told, *([f"processes, which were killed: {leftovers.names(found)}"] if found else [])]

    def _last_words(self, deadline: float) -> list[str]:
        """What a child that was told to stop says until it has ended."""
        told = []
        try:
            while True:
                message = self.receive(deadline)
                if message["kind"] == protocol.LEFT:
                    told = [f"threads: {', '.join(map(str, message['threads']))}"]
        except (ChildGoneError, ChildError, TimeoutError):
            try:
                self._process.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                told.append(f"the child itself, which did not end within {STOP_WAIT_S:g} s and was killed")
        return told

    def kill(self) -> None:
        """End the child and whatever it started; safe to call again."""
        if self._is_gone:  # its number may be another's by now
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        leftovers.end(self._mark)
        self._process.wait()
        self._is_gone = True
        self._held.close()
        self._commands = self._reports = -1
