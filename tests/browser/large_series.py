"""What the experiments of the large home measure: eight kinds, six series each, and what happened to them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_relaybench.home import SENTINELS
from pytest_relaybench.sentinels.names import SENTINELS as SENTINEL_NAMES

Array = NDArray[np.float64]

DEVICE = {"device": "cpu", "batch_size": 1}
ON_GPU = {"device": "cuda", "batch_size": 16}


@dataclass(frozen=True)
class Line:
    """One series: its key, what it is counted in, where its values lie, and their spread from night to night."""

    metric: str
    level: float
    unit: str = "s"
    direction: str = "lower"
    params: Mapping[str, Any] = field(default_factory=dict)
    variant: str = "installed"
    noise: float = 0.006
    derived: bool = False
    deterministic: bool = False
    test: str = "test_infer"


@dataclass(frozen=True)
class Event:
    """What happened to some lines of an experiment: from `ago` nights before the newest on, values times `factor`."""

    ago: int
    factor: float
    lines: Sequence[int] = (0,)


@dataclass(frozen=True)
class Fate:
    """What an experiment went through; `ago` counts nights before the newest, which is 0."""

    events: Sequence[Event] = ()
    failed: tuple[str, str] | None = None  # on the newest night: stage and message
    lost: int | None = None  # the line that the newest night has no value of, because its test failed
    since: int | None = None  # it was made so many nights ago
    until: int = 0  # it ran for the last time then
    inactive: bool = False


def _networks(**both: Any) -> list[dict[str, Any]]:
    return [{"network": name, **both} for name in ("resnet-18", "mobilenet-v2", "bert-base")]


def _engines() -> list[Line]:
    speeds = {"relax": 1.0, "torch": 1.31, "onnxruntime": 0.82}
    networks = {"resnet-18": 0.0311, "mobilenet-v2": 0.0124}
    return [
        Line("time", base * speed, params={"network": network, "engine": engine, **DEVICE})
        for network, base in networks.items()
        for engine, speed in speeds.items()
    ]


def _levels() -> list[Line]:
    speeds = {"O0": 1.0, "O1": 0.71, "O2": 0.55, "O3": 0.31}
    times = [Line("time", 0.214 * speed, params={"opt_level": level, **DEVICE}) for level, speed in speeds.items()]
    best = {"opt_level": "O3", **DEVICE}
    size = Line("artifact_size", 46e6, "B", params=best, noise=0.0, deterministic=True)
    return [*times, Line("compile", 11.4, params=best, noise=0.03), size]


def _rates() -> list[Line]:
    lines = []
    for size in (64, 256, 1024):
        seconds = 2 * size**3 / 9.1e10
        lines.append(Line("time", seconds, params={"size": size}, test="test_matmul"))
        rate = Line("rate", 9.1e10, "FLOP/s", "higher", {"size": size}, derived=True, test="test_matmul")
        lines.append(rate)
    return lines


def _on_gpu() -> list[Line]:
    times = [Line("time", 0.0021 * (n + 1), params=params, noise=0.012) for n, params in enumerate(_networks(**ON_GPU))]
    peaks = [
        Line("peak_memory", 1.1e9 * (n + 1), "B", params=p, noise=0.001) for n, p in enumerate(_networks(**ON_GPU))
    ]
    return [*times, *peaks]


def _builds() -> list[Line]:
    variants = {"installed": 1.0, "git:main": 0.97}
    return [
        Line("time", 0.019 * (n + 1) * factor, params=params, variant=variant)
        for n, params in enumerate(_networks(**DEVICE))
        for variant, factor in variants.items()
    ]


def _counters() -> list[Line]:
    counted = {"kernels": 118.0, "fused_operators": 41.0, "library_calls": 7.0}
    lines = [Line(name, n, "1", params=DEVICE, noise=0.0, deterministic=True) for name, n in counted.items()]
    accuracy = Line("accuracy", 0.7614, "1", "higher", DEVICE, noise=0.0004)
    tokens = Line("throughput", 4120.0, "tokens/s", "higher", DEVICE, noise=0.009)
    return [Line("time", 0.0042, params=DEVICE), accuracy, tokens, *lines]


def _cells() -> list[Line]:
    cells = {"rnn": 0.0009, "gru": 0.0021, "lstm": 0.0029}
    return [
        Line("time", base * (1 + steps / 64), params={"cell": cell, "steps": steps, **DEVICE}, test="test_cell")
        for cell, base in cells.items()
        for steps in (16, 128)
    ]


def _noisy() -> list[Line]:
    found = [
        Line("time", 0.33, params={"model": name, **DEVICE}, noise=0.04) for name in ("whisper", "vit", "treelstm")
    ]
    return [*found, *(Line("first_run", 1.2, params=line.params, noise=0.08) for line in found)]


KINDS = {
    "engines": _engines(), "levels": _levels(), "rates": _rates(), "gpu": _on_gpu(),
    "builds": _builds(), "counters": _counters(), "cells": _cells(), "noisy": _noisy(),
}  # fmt: skip
SENTINEL_LINES = [
    Line("time", 0.008, params={"when": when}, test=name, noise=0.002)
    for name in SENTINEL_NAMES
    for when in ("before", "after")
]
FATES: Mapping[int, Fate] = {
    0: Fate([Event(9, 1.083, (0, 3))]),
    1: Fate([Event(40, 1.12, (3,)), Event(40, 1.031, (5,))]),
    3: Fate([Event(21, 0.81)]),
    4: Fate([Event(2, 1.15, (1, 3, 5))]),
    5: Fate([Event(5, 1.017, (3,))]),
    8: Fate(lost=2),
    9: Fate([Event(200, 1.2, (0,)), Event(120, 0.84, (0,))]),
    11: Fate(failed=("setup", "FileNotFoundError: weights.npz\n\nthe weights are gone")),
    13: Fate(failed=("run", "1 of 6 tests failed: test_infer[relax]: relax differs from torch beyond 1e-3"), lost=5),
    14: Fate(since=6),
    15: Fate(until=4),
    16: Fate([Event(14, 1.06, tuple(range(6)))]),
    18: Fate(inactive=True, until=30),
    22: Fate(failed=("analysis", "KeyError: 'engine'")),
    24: Fate([Event(30, 1.4, (5,))]),
}


def name_of(number: int) -> str:
    """The experiment of this number, from 0: its kind and which of that kind it is."""
    return f"{list(KINDS)[number % len(KINDS)]}_{number // len(KINDS)}"


def lines_of(experiment: str) -> Sequence[Line]:
    """Its six series; the eight of the sentinels."""
    return SENTINEL_LINES if experiment == SENTINELS else KINDS[experiment.rpartition("_")[0]]


def values_of(experiment: str, line: int, fate: Fate, nights: int, former_machine: int) -> Array:
    """One value a night, oldest first; the first `former_machine` nights ran on a machine that is a third slower."""
    told = lines_of(experiment)[line]
    random = np.random.default_rng([zlib.crc32(experiment.encode()), line])
    values = told.level * np.exp(random.normal(0.0, told.noise, nights)) if told.noise else np.full(nights, told.level)
    if told.unit == "s":
        values[:former_machine] *= 4 / 3
    for event in fate.events:
        if line in event.lines:
            values[max(0, nights - 1 - event.ago) :] *= event.factor
    return values
