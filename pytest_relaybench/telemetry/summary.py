"""What the samples come to: the few numbers that tell whether the machine was itself."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np

from ..history.records import Telemetry
from .samples import Samples

PERCENT = 100.0
FEWEST_CLOCKS = 3  # of two, half are below the median


def summarize(samples: Samples, *, lived: bool = True) -> Telemetry:
    """The telemetry of a record; `lived` tells that the sampler had no problem."""
    others = _steps(samples, "cpu_use", "others")
    steal = _steps(samples, "steal_time", "steal")
    reasons = _throttle_reasons(samples)
    return Telemetry(
        samples=len(samples.at),
        duration_s=samples.at[-1] if samples.at else 0.0,
        rate_s=samples.rate_s,
        complete=samples.is_complete and lived,
        throttled=bool(reasons) if {"cpu_throttling", "gpu_throttling"} & _told(samples) else None,
        throttle_reasons=reasons,
        cpu_clock_drop=_drop(_cpu_clocks(samples)),
        gpu_clock_drop=_largest([_drop(clocks) for clocks in _gpu_clocks(samples)]),
        others_share=_mean(others),
        others_share_max=_largest([share for share, _ in others]),
        steal_share=_mean(steal),
        cpu_temperature_max_c=_extreme(samples, "cpu_temperature", max),
        gpu_temperature_max_c=_extreme(samples, "gpu_temperature", max),
        memory_available_min_bytes=_extreme(samples, "memory_available", min),
        missing=dict(samples.missing),
    )


def _told(samples: Samples) -> set[str]:
    """Topics that have a value at all."""
    return {topic for reading in samples.readings for topic in reading}


def _steps(samples: Samples, topic: str, label: str) -> list[tuple[float, float]]:
    """A share (fraction of 1) and for how many seconds it held, for each sample that tells it."""
    found, before = [], 0.0
    for at, reading in zip(samples.at, samples.readings, strict=True):
        value = reading.get(topic, {}).get(label)
        if value is not None and at > before:
            found.append((value / PERCENT, at - before))
        before = at
    return found


def _mean(steps: Sequence[tuple[float, float]]) -> float | None:
    """The mean over time."""
    seconds = sum(length for _, length in steps)
    return sum(share * length for share, length in steps) / seconds if seconds else None


def _largest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _extreme(samples: Samples, topic: str, choose: Any) -> float | None:
    values = [value for reading in samples.readings for value in reading.get(topic, {}).values()]
    return choose(values) if values else None


def _drop(clocks: Sequence[float]) -> float | None:
    """How far the slowest sample lies below the median, as a share of it."""
    return 1 - min(clocks) / median(clocks) if len(clocks) >= FEWEST_CLOCKS and min(clocks) > 0 else None


def _cpu_clocks(samples: Samples) -> list[float]:
    """The mean clock of the measured cores at each sample."""
    cores = {f"core {number}" for number in samples.measured_cpus}
    found = []
    for reading in samples.readings:
        clocks = reading.get("cpu_frequency", {})
        measured = [value for label, value in clocks.items() if label in cores] or [
            value for label, value in clocks.items() if label == "mean"
        ]
        if measured:
            found.append(float(np.mean(measured)))
    return found


def _gpu_clocks(samples: Samples) -> list[list[float]]:
    """For each GPU its clock at the samples in which it worked: an idle one clocks down by itself."""
    labels = samples.lines("gpu_clock")
    return [
        [
            reading["gpu_clock"][label]
            for reading in samples.readings
            if label in reading.get("gpu_clock", {}) and reading.get("gpu_use", {}).get(label, 0.0) > 0
        ]
        for label in labels
    ]


def _throttle_reasons(samples: Samples) -> list[str]:
    """What held a clock back at any sample, as in "GPU 0 power cap"."""
    held = [label for label, values in samples.lines("gpu_throttling").items() if any(value > 0 for value in values)]
    hot = any(value > 0 for values in samples.lines("cpu_throttling").values() for value in values)
    return (["CPU heat"] if hot else []) + held
