"""Whether and how an experiment is watched: its own keys over those of its home."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..config import ExperimentConfig, HomeConfig, parse_cores

SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


@dataclass(frozen=True)
class Wanted:
    """What to watch, every `rate_s` seconds."""

    cpu: bool
    gpu: bool
    rate_s: float


def wanted(home: HomeConfig, experiment: ExperimentConfig) -> Wanted | None:
    """What the experiment says, else what its home says; None when that is nothing, or the rate is not positive."""
    cpu = home.run_cpu_telemetry if experiment.run_cpu_telemetry is None else experiment.run_cpu_telemetry
    gpu = home.run_gpu_telemetry if experiment.run_gpu_telemetry is None else experiment.run_gpu_telemetry
    rate = home.telemetry_rate if experiment.telemetry_rate is None else experiment.telemetry_rate
    return Wanted(cpu, gpu, rate) if (cpu or gpu) and rate > 0 else None


def cpus_beside(measured: tuple[int, ...]) -> tuple[int, ...] | None:
    """CPUs for the sampler when `measured` ones are pinned: none of them, nor of their hyperthreads if it can be.

    Empty when nothing is pinned; None when no other CPU is left.
    """
    if not measured:
        return ()
    others = os.sched_getaffinity(0) - set(measured)
    apart = others - {sibling for cpu in measured for sibling in _siblings(cpu)}
    return tuple(sorted(apart or others)) or None


def _siblings(cpu: int) -> frozenset[int]:
    try:
        return parse_cores(Path(SIBLINGS.format(cpu)).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return frozenset()
