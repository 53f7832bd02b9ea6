"""A real tracker and real servers of `tvm.rpc` on loopback, started as their users start them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.remote.local_server import board_environment
from bench.remote.place import Place
from bench.remote.tracker import servers

LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 60.0
THREADS = 2  # of the servers; a session may ask for fewer


@dataclass(frozen=True)
class Boards:
    """A tracker, and servers that have told it about themselves; each in a process group of its own."""

    tracker: Place
    direct: Place  # a server of the key "direct" that no tracker knows


@contextmanager
def tracker_with_servers(keys: Sequence[str]) -> Iterator[Boards]:
    """A tracker with a server for each of the keys, and one more server beside it; all are gone in the end."""
    with ExitStack() as stack:
        tracker_port, direct_port = free_port(), free_port()
        stack.enter_context(process("tvm.exec.rpc_tracker", "--port", tracker_port))
        known = ["--tracker", f"{LOOPBACK}:{tracker_port}"]
        for key in keys:
            stack.enter_context(process("tvm.exec.rpc_server", "--port", free_port(), *known, "--key", key))
        stack.enter_context(process("tvm.exec.rpc_server", "--port", direct_port, "--key", "direct"))
        tracker = Place(LOOPBACK, tracker_port, keys[0], is_tracker=True)
        wait(lambda: sum(entry.free for entry in servers(tracker, 1).values()) == len(keys))
        wait(lambda: socket.create_connection((LOOPBACK, direct_port), timeout=1).close() is None)
        yield Boards(tracker, Place(LOOPBACK, direct_port, "direct"))


@contextmanager
def process(module: str, *arguments: object) -> Iterator[None]:
    """`python -m module` with a group of its own, which is killed in the end: SIGTERM would leave a grandchild."""
    environment = {**board_environment(), "TVM_NUM_THREADS": str(THREADS)}
    command = [
        sys.executable,
        "-m",
        module,
        "--host",
        LOOPBACK,
        "--port-end",
        "65535",
        "--silent",
        *map(str, arguments),
    ]
    server = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wait(condition: Callable[[], bool]) -> None:
    """Until it is true and nothing refuses the connection."""
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.1)
    raise TimeoutError(f"not up within {START_TIMEOUT_S:g} s")


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing, as a board does whose program hangs."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield int(listening.getsockname()[1])


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
