"""Measuring all sentinels once: fresh processes in turn, each on one CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..isolation.launch import FIXED_HASHES, THREAD_VARIABLES
from .names import SENTINELS

PROCESS = Path(__file__).with_name("process.py")
ROUNDS = 3  # processes of each sentinel
SECONDS = 0.1  # of timed calls in a process
TIMEOUT_S = 20.0
LONGEST_PROBLEM = 200


@dataclass(frozen=True)
class Sentinel:
    """What one sentinel took: seconds of each call, by process; `problem` says in a line why there is none."""

    name: str
    processes: tuple[tuple[float, ...], ...] = ()
    problem: str = ""
    duration_s: float = 0.0


def measure_sentinels(
    cpus: Sequence[int] = (), names: Sequence[str] = SENTINELS, *, rounds: int = ROUNDS, seconds: float = SECONDS
) -> list[Sentinel]:
    """Every sentinel, `rounds` times for about `seconds`, each time in a fresh process with one thread.

    The sentinels take turns, and each round has another of the `cpus`, which are by default all that this process may
    use, the last one first: what else uses one CPU, or comes up for a moment, spoils no sentinel's best time. The CPUs
    are the same every night. A sentinel that fails once is not tried again.
    """
    usable = sorted(cpus or os.sched_getaffinity(0), reverse=True)
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in names}
    spent, problems = dict.fromkeys(names, 0.0), dict.fromkeys(names, "")
    for number in range(rounds):
        for name in names:
            if problems[name]:
                continue
            started = time.perf_counter()
            try:
                found[name].append(_in_process(name, usable[number % len(usable)], seconds))
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                problems[name] = _in_a_line(error)
            spent[name] += time.perf_counter() - started
    return [Sentinel(name, () if problems[name] else tuple(found[name]), problems[name], spent[name]) for name in names]


def _in_process(name: str, cpu: int, seconds: float) -> tuple[float, ...]:
    told = subprocess.run(
        [sys.executable, "-P", str(PROCESS), name, str(cpu), str(seconds)],
        env={**os.environ, **dict.fromkeys(THREAD_VARIABLES, "1"), **FIXED_HASHES},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    return tuple(map(float, json.loads(told.stdout)))


def _in_a_line(error: Exception) -> str:
    """Its last words where the process has any."""
    said = getattr(error, "stderr", None)
    lines = said.strip().splitlines() if isinstance(said, str) else []
    text = lines[-1] if lines else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:LONGEST_PROBLEM]
