"""Two equal builds measured on a machine that drifts by 20 %: simulated, and with real processes under a real load."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_relaybench.measure.interleave import Interleaver, Side, abba

Array = NDArray[np.float64]
Random = np.random.Generator
Sides = tuple[list[Array], list[Array]]
Shape = Callable[[Array, Random], Array]

PROCESSES = 5  # a side
ROUNDS = 50
BETWEEN, WITHIN = 0.005, 0.01  # standard deviation of process levels and of rounds, as a quiet machine has them
DRIFT = 0.20

ABBA: tuple[Side, ...] = tuple(abba(PROCESSES))
SIDES: tuple[Side, Side] = ("base", "candidate")
IN_TURN = tuple(side for side in SIDES for _ in range(PROCESSES))
ORDERS = {"in turn": IN_TURN, "A B B A": ABBA}

PIN = """
import os, sys, time
if hasattr(os, "sched_setaffinity"): os.sched_setaffinity(0, {int(sys.argv[1])})
"""
CHILD = f"""{PIN}
def burn():
    started, total = time.perf_counter(), 0
    for i in range(250_000): total += i * i
    return time.perf_counter() - started
burn(); print(*[burn() for _ in range(15)])
"""
LOAD = f"""{PIN}
busy = float(sys.argv[2]) * 0.004
while True:
    end = time.perf_counter() + busy
    while time.perf_counter() < end: pass
    time.sleep(0.004 - busy)
"""


def _walk(time: Array, random: Random) -> Array:
    steps = np.cumsum(random.normal(size=time.size)).reshape(time.shape)
    slowness: Array = 1 + (steps - steps.min()) * DRIFT / np.ptp(steps)
    return slowness


def _step(time: Array, random: Random) -> Array:
    return np.where(time > random.uniform(1 / 3, 2 / 3), 1 + DRIFT, 1.0)


def _sine(time: Array, random: Random) -> Array:
    slowness: Array = 1 + np.sin(2 * np.pi * (time + random.random())) * DRIFT / 2
    return slowness


# how slow the machine is at times from 0 to 1
SHAPES: dict[str, Shape] = {
    "none": lambda time, _: np.ones_like(time),
    "linear": lambda time, _: 1 + DRIFT * time,
    "step in the middle third": _step,
    "sine, one period": _sine,
    "random walk": _walk,
}


def simulated(order: Sequence[Side], shape: Shape, random: Random) -> Sides:
    """Two equal builds, measured in this order while the machine drifts."""
    slots = len(order)
    time = (np.arange(slots)[:, None] + np.arange(ROUNDS) / ROUNDS) / slots
    noise = random.normal(0, BETWEEN, (slots, 1)) + random.normal(0, WITHIN, (slots, ROUNDS))
    return _sides(order, list(shape(time, random) * np.exp(noise)))


def real() -> Iterator[tuple[str, Sides, float]]:
    """The same with real processes, once in each order: its name, the samples, and the slowness in the end.

    A load on their processor grows from process to process. It sleeps most of the time, so when it wakes it goes first.
    """
    duties = np.linspace(0, DRIFT / (1 + DRIFT), 2 * PROCESSES).tolist()
    processes = [np.array(_rounds_under(duty)) for duty in duties]
    yield "in turn", _sides(IN_TURN, processes), float(np.median(processes[-1]) / np.median(processes[0]))
    growing = iter(duties)
    result = Interleaver(lambda _: _rounds_under(next(growing)), budget_s=600, most=PROCESSES).run()
    base, candidate = ([np.array(rounds) for rounds in side] for side in (result.base, result.candidate))
    yield "A B B A", (base, candidate), float(np.median(candidate[-1]) / np.median(base[0]))


def _sides(order: Sequence[Side], processes: Sequence[Array]) -> Sides:
    base, candidate = (
        [rounds for side, rounds in zip(order, processes, strict=True) if side == wanted] for wanted in SIDES
    )
    return base, candidate


def _rounds_under(duty: float) -> list[float]:
    """The rounds of one fresh process while a load takes its processor for a share `duty` of the time."""
    cpu = str(max(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else "0"
    load = subprocess.Popen([sys.executable, "-S", "-c", LOAD, cpu, str(duty)])
    try:
        command = [sys.executable, "-S", "-c", CHILD, cpu]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    finally:
        load.kill()
        load.wait()
    return [float(seconds) for seconds in output.split()]
