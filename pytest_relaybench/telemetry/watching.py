"""The sampler as the session sees it: started, stopped, and never in the way."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import IO

from .sampler import Order

STOP_WAIT_S = 3.0  # for its last sample
MODULE = "pytest_relaybench.telemetry.sampler"


class Watch:
    """A sampler at work. Nothing here raises: what goes wrong with it is told by `stop`."""

    def __init__(self, order: Order, problem: str = "") -> None:
        """Start a sampler; none where there is a problem already."""
        self.path = Path(order.path)
        self._problem = problem
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        if not problem:
            self._try_to_start(order)

    def _try_to_start(self, order: Order) -> None:
        try:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115, as long as the sampler lives
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._process = self._start(order)
        except OSError as error:
            self._problem = f"the sampler could not be started: {error}"

    def _start(self, order: Order) -> subprocess.Popen[bytes]:
        # as in the session: modules of the folder it was started in are found, or not
        path = [] if os.getcwd() in sys.path or "" in sys.path else ["-P"]  # noqa: PTH109, as sys.path has it
        return subprocess.Popen(
            [sys.executable, *path, "-m", MODULE, json.dumps(asdict(order))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for the session, which then says when it is over
        )

    @property
    def pid(self) -> int | None:
        """The sampler's process number, None when it did not start."""
        return self._process.pid if self._process else None

    def stop(self) -> str:
        """Have it take its last sample and end; what was wrong with it, nothing when all was well."""
        process, self._process = self._process, None
        if process is not None:
            self._problem = self._end(process)
        if self._errors is not None:
            with contextlib.suppress(OSError):
                self._errors.close()
        return self._problem

    def _end(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            status = process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return f"the sampler did not end within {STOP_WAIT_S:g} s and was killed"
        return f"the sampler ended with status {status}{self._last_words()}" if status else ""

    def _last_words(self) -> str:
        assert self._errors is not None
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""
