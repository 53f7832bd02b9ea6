"""Homes in which little or nothing is the matter, for what the overview says then."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pytest_relaybench.history.records import Measurement
from pytest_relaybench.home import Home
from tests.subsystems.sample_experiments import Sample, Values, measurement
from tests.subsystems.sample_home import make_home

NIGHTS = 31  # enough for a verdict


def flat(*, cases: int = 1, **like: str) -> Values:
    """Series that stay as they are but for a noise of 0.3 %."""
    return lambda _night, random: [_one(random, case, 1.0, like) for case in range(cases)]


def fallen(since: int, factor: float, **like: str) -> Values:
    """One series whose level is another from the night `since` on."""
    return lambda night, random: [_one(random, 0, factor if night >= since else 1.0, like)]


def _one(random: np.random.Generator, case: int, factor: float, like: dict[str, str]) -> Measurement:
    named = {"metric": "time", "unit": "s", "direction": "lower", **like}
    metric, unit, direction = named.pop("metric"), named.pop("unit"), named.pop("direction")
    value = 0.0123 * (case + 1) * factor
    return measurement(random, metric, value, unit, direction=direction, noise=0.003, n=5, case=case, **named)


CALM = (
    Sample("one", {"title": "One series"}, flat()),
    Sample("many", {"title": "Many series"}, flat(cases=20, engine="torch", device="cuda")),
    Sample("rate", {"title": "A rate"}, flat(metric="rate", unit="FLOP/s", direction="higher", device="cpu")),
    Sample("bare", {"title": "No unit"}, flat(metric="accuracy", unit="", direction="higher")),
    Sample("plain", {"title": "Neither good nor bad"}, flat(metric="nodes", unit="", direction="neutral")),
)
FALLEN = Sample(
    "fallen",
    {"title": "A rate that fell", "notify": ["U1", "ada@example.org"]},
    fallen(NIGHTS - 10, 0.8, metric="rate", unit="FLOP/s", direction="higher", engine="relax", device="cuda"),
)
JUMPED = Sample("jumped", {"title": "Tonight only"}, fallen(NIGHTS - 1, 1.3))
FAILED = Sample(
    "failed",
    {"title": "It failed"},
    flat(),
    failing=lambda night: ("run", "MeasurementError: the result differs") if night == NIGHTS - 1 else None,
)


def make(root: Path, *samples: Sample, nights: int = NIGHTS) -> Home:
    """A home with just these experiments."""
    return make_home(root, nights=nights, of=samples)
