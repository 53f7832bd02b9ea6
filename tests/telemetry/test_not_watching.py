"""A sampler that cannot be started is a line, never an error."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pytest_relaybench.telemetry.sampler import Order
from pytest_relaybench.telemetry.watching import Watch


def test_no_room_for_what_the_sampler_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary files have no room: there is no sampler, and `stop` tells why."""

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pytest_relaybench.telemetry.watching.tempfile.TemporaryFile", full)
    order = Order(str(tmp_path / "s.jsonl"), "demo", "r1", 0.1, cpu=True, gpu=False, session_pid=os.getpid())
    watch = Watch(order)
    assert watch.pid is None
    assert watch.stop() == "the sampler could not be started: [Errno 28] No space left on device"
