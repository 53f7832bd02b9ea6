"""What telemetry says in words: what about the machine may have changed the times."""

from __future__ import annotations

from ..history.records import Telemetry

WORTH_TELLING = 0.05  # of all cores, or of the clock's median
MOST_REASONS = 3


def disturbances(told: Telemetry) -> list[str]:
    """A few words on each thing that was not as on a quiet machine; none when it was quiet, or does not tell."""
    held = [f"held back: {', '.join(told.throttle_reasons[:MOST_REASONS])}"] if told.throttled else []
    return held + [
        words.format(f"{100 * share:.0f} %")
        for words, share in _shares(told)
        if share is not None and share >= WORTH_TELLING
    ]


def strength(told: Telemetry) -> float:
    """How much the machine was not itself: the largest share, and 1 more where a clock was held back."""
    return bool(told.throttled) + max(share or 0.0 for _, share in _shares(told))


def _shares(told: Telemetry) -> list[tuple[str, float | None]]:
    return [
        ("other processes used {} of all cores", told.others_share),
        ("the hypervisor took {} of all cores", told.steal_share),
        ("the CPU clock fell by {}", told.cpu_clock_drop),
        ("the GPU clock fell by {}", told.gpu_clock_drop),
    ]
