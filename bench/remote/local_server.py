"""A server of our own on this machine, for those who have no board: the same path through TVM, on loopback."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import subprocess
import sys
from pathlib import Path

from .place import Place

SERVER = Path(__file__).with_name("serving.py")
WITHOUT_TORCH = Path(__file__).with_name("without_torch")
HOST = "127.0.0.1"
START_TIMEOUT_S = 120.0


class ServerNotStartedError(Exception):
    """The server ended, or did not come up in time."""


def board_environment() -> dict[str, str]:
    """The environment of this process as a server should have it: the same TVM and threads, but no torch."""
    path = [str(WITHOUT_TORCH), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


class LocalServer:
    """Starts a server when it is made, and again when it is asked for one after `stop`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self._key = ""
        self._start()

    def place(self) -> Place:
        """Where the server can be reached; waits until it can. Raises ServerNotStartedError."""
        if self._process is None:
            self._start()
        if not self._port:
            self._port = self._announced()
        return Place(HOST, self._port, self._key, is_own=True)

    def stop(self) -> None:
        """End the server and the processes it has started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process, self._port = None, 0

    def _start(self) -> None:
        # -P: what lies beside the script is not for the server to import
        command = [sys.executable, "-P", str(SERVER)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=board_environment(),
        )
        # TVM's RPC has no password, but a server answers nobody with another key: not others who log in here
        self._key = secrets.token_hex(16)
        stream = self._process.stdin
        assert stream is not None
        stream.write(f"{self._key}\n")
        stream.flush()

    def _announced(self) -> int:
        stream = self._process.stdout if self._process else None
        if stream is None or not select.select([stream], [], [], START_TIMEOUT_S)[0]:
            raise ServerNotStartedError(f"the server on {HOST} did not come up within {START_TIMEOUT_S:g} s")
        line = stream.readline().strip()
        if not line.isdigit():
            raise ServerNotStartedError(f"the server on {HOST} ended before it could be reached")
        return int(line)
