"""A suspect made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pytest_relaybench.confirming.suspects import Suspect
from pytest_relaybench.detect.latest import Direction
from pytest_relaybench.detect.suspicion import suspect

NIGHTS = 40
NOISE = 0.003


def history(seed: int = 0) -> np.ndarray:
    """Nights around 1, three in a thousand more or less."""
    return np.random.default_rng(seed).lognormal(0, NOISE, NIGHTS)


def suspected(ratio: float = 1.05, metric: str = "time", direction: Direction = "lower") -> Suspect:
    """A series whose newest night is `ratio` away."""
    nights = history()
    suspicion = suspect([*nights, ratio], direction)
    assert suspicion is not None
    return Suspect(
        test="test_it",
        params={"n": 1},
        metric=metric,
        variant="git:main",
        direction=direction,
        tvm_hash="b" * 40,
        base_hash="a" * 40,
        history=nights,
        suspicion=suspicion,
    )


def entries(**samples: Sequence[float]) -> Mapping[str, Mapping[str, Any]]:
    """What a process measures: metric → samples."""
    told = {"unit": "s", "direction": "lower", "reps": []}
    return {name: {"name": name, "samples": list(values), **told} for name, values in samples.items()}
