"""The timer that pytest-benchmark reads: the real clock, or one that replays durations measured elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Clock:
    """`read` is given to pytest-benchmark by its `timer` marker; within `replaying` it tells virtual seconds."""

    def __init__(self) -> None:
        self.read: Callable[[], float] = time.perf_counter
        self._now_s = 0.0

    def __call__(self) -> float:
        """Seconds since some moment."""
        return self.read()

    def _read_virtual(self) -> float:
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._now_s += seconds

    def restart(self) -> None:
        """Set virtual time to 0, so that the next difference is the duration itself and not rounded in a sum."""
        self._now_s = 0.0

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """Tell virtual time inside the block."""
        self.read = self._read_virtual
        try:
            yield
        finally:
            self.read = time.perf_counter


CLOCK = Clock()
