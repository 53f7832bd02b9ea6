"""One child interpreter, as its parent sees it."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, ClassVar, Protocol, Self

from ..errors import ChildError
from . import protocol
from .limits import STACK_SIGNAL

POLL_S = 0.25  # between two looks whether a silent child still lives
STACK_WAIT_S = 0.5  # for a hung child to print its stacks
STOP_WAIT_S = 10.0  # for a child that was told to stop to tear its fixtures down
CHUNK_BYTES = 1 << 16
LONGEST_OUTPUT_BYTES = 1 << 20  # of one phase, shown in a report


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
        self._folder = tempfile.TemporaryDirectory(prefix="relaybench-child-")
        self._outputs: list[BinaryIO] = []
        self._lines = protocol.Lines()
        self._waiting: list[dict[str, Any]] = []
        self._shown = [0, 0]
        self._process, self._commands, self._reports = self._start(shares_output)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._reports, selectors.EVENT_READ)

    def _start(self, shares_output: bool) -> tuple[subprocess.Popen[bytes], int, int]:
        child_reads, commands = os.pipe()
        reports, child_writes = os.pipe()
        if not shares_output:
            self._outputs = [(Path(self._folder.name) / name).open("ab") for name in ("out", "err")]
        out, err = self._outputs or (None, None)
        # as in the parent: modules of the folder it was started in are found, or not
        path = [] if os.getcwd() in sys.path or "" in sys.path else ["-P"]  # noqa: PTH109, as sys.path has it
        arguments = [str(child_reads), str(child_writes), str(os.getpid())]
        try:
            process = subprocess.Popen(
                [self.launch.python, "-u", *path, "-m", self.WORKER, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(child_reads, child_writes),
                env={**os.environ, **self.launch.env},
                start_new_session=True,
            )
        except OSError as error:
            self._let_go(commands, reports)
            raise ChildError(f"{self.launch.python}: the child could not be started: {error.strerror}") from None
        finally:
            os.close(child_reads)
            os.close(child_writes)
        with contextlib.suppress(BrokenPipeError):  # told by the first receive
            os.write(commands, self.launch.to_json().encode() + b"\n")
        return process, commands, reports

    @property
    def pid(self) -> int:
        """The child's process number, which is its process group's too."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill() if kind else self.stop()

    def send(self, kind: str, **content: Any) -> None:
        """Tell the child something; raises ChildGoneError when it is dead."""
        try:
            protocol.send(self._commands, kind, **content)
        except BrokenPipeError:
            raise ChildGoneError(self._epitaph()) from None

    def receive(self, deadline: float) -> dict[str, Any]:
        """The child's next message.

        `deadline` is in seconds of `time.monotonic`. Raises ChildGoneError when the child dies first, and TimeoutError
        when it is silent until then.
        """
        while not self._waiting:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            has_ended = self._process.poll() is not None  # asked first: its last words may still be in the pipe
            if self._selector.select(0 if has_ended else min(POLL_S, left_s)):
                self._take()
            elif has_ended:
                raise ChildGoneError(self._epitaph())
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
        reason = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the child process was killed by {name}{reason} {when}"

    def dump_stacks(self) -> None:
        """Have the child print every thread's stack to its standard error."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, STACK_SIGNAL)
            time.sleep(STACK_WAIT_S)

    def output(self, upto: list[int] | None = None) -> tuple[str, str]:
        """What the child wrote to standard output and error since the last call, up to the given file sizes."""
        if not self._outputs:
            return "", ""
        texts = []
        for index, file in enumerate(self._outputs):
            end = upto[index] if upto else Path(file.name).stat().st_size
            texts.append(_slice(Path(file.name), self._shown[index], end))
            self._shown[index] = max(end, self._shown[index])
        return texts[0], texts[1]

    def stop(self) -> None:
        """Let the child tear down its fixtures and leave; kill it when it does not."""
        with contextlib.suppress(ChildGoneError):
            self.send(protocol.STOP)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_WAIT_S)
        self.kill()

    def kill(self) -> None:
        """End the child and whatever it started; safe to call again."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        self._let_go(self._commands, self._reports)
        self._commands = self._reports = -1

    def _let_go(self, *descriptors: int) -> None:
        for descriptor in descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        for file in self._outputs:
            file.close()
        self._folder.cleanup()


def _slice(path: Path, start: int, end: int) -> str:
    """The bytes from start to end as text; the middle of a flood is left out."""
    if end <= start:
        return ""
    with path.open("rb") as file:
        file.seek(start)
        if end - start <= LONGEST_OUTPUT_BYTES:
            return file.read(end - start).decode(errors="replace")
        head = file.read(LONGEST_OUTPUT_BYTES // 2)
        file.seek(end - LONGEST_OUTPUT_BYTES // 2)
        tail = file.read(LONGEST_OUTPUT_BYTES // 2)
    left_out = end - start - LONGEST_OUTPUT_BYTES
    return f"{head.decode(errors='replace')}\n[... {left_out} bytes left out ...]\n{tail.decode(errors='replace')}"
