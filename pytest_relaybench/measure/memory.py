"""Peak memory of the measured process, from Linux's own high-water mark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # proc(5): resets VmHWM to the current resident size


class PeakMemory:
    """The highest resident memory since `restart`, without what was done `aside`.

    `getrusage` will not do: its mark survives exec, so a fresh child tells its parent's peak.
    """

    def __init__(self) -> None:
        self._before_bytes = 0  # the peak before the last time that something was done aside
        self._is_known = False

    def restart(self) -> None:
        """Start a new high-water mark."""
        self._before_bytes = 0
        self._is_known = _reset()

    def read_bytes(self) -> int | None:
        """The peak in bytes; None where the kernel offers none, or before the first start."""
        return max(self._before_bytes, _field("VmHWM")) or None if self._is_known else None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens in this block does not count."""
        peak = self.read_bytes()
        try:
            yield
        finally:
            if peak is not None:
                self._before_bytes = peak
                self._is_known = _reset()


PEAK = PeakMemory()


def resident_bytes() -> int:
    """Resident memory of this process, in bytes; 0 where the kernel does not tell."""
    return _field("VmRSS")


def _reset() -> bool:
    """False where the kernel does not offer it, so that no peak is told."""
    try:
        _CLEAR.write_text(RESET_PEAK)
    except OSError:
        return False
    return _STATUS.is_file()


def _field(name: str) -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:  # no Linux, or the test has left no file descriptor
        return 0
    for line in lines:
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
