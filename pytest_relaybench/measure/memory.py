"""Peak memory of the measured process, from Linux's own high-water mark."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # proc(5): resets VmHWM to the current resident size


def reset_peak() -> bool:
    """Start a new high-water mark; False where the kernel does not offer it, so that no peak is told."""
    try:
        _CLEAR.write_text(RESET_PEAK)
    except OSError:
        return False
    return _STATUS.is_file()


def resident_bytes() -> int:
    """Resident memory of this process, in bytes."""
    return _field("VmRSS")


def peak_bytes() -> int:
    """Highest resident memory since `reset_peak`, in bytes.

    `getrusage` will not do: its mark survives exec, so a fresh child tells its parent's peak.
    """
    return _field("VmHWM")


def _field(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
