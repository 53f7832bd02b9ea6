"""Processes of one real benchmark, drawn again and again although only ten were measured."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Random = np.random.Generator

FORKS = Path(__file__).resolve().parents[3] / "shared" / "detection" / "data" / "forks.json.gz"
SMOOTHING = 0.3  # standard deviation of the noise on a drawn level, in standard deviations of the levels


class Way(StrEnum):
    """How more processes are drawn than were measured, always with replacement."""

    SMOOTHED = "smoothed"  # each level moved a little, and all spread as the population's that the ten are a sample of
    AS_MEASURED = "as measured"  # a night's value is one of ten, so that any step gives values never seen before


@dataclass(frozen=True)
class ProcessPool:
    """The steady rounds of a benchmark's processes, shape (processes, rounds), in seconds."""

    name: str
    rounds: Array

    @property
    def levels(self) -> Array:
        """Logarithms of the processes' medians."""
        return np.asarray(np.log(np.median(self.rounds, axis=1)))

    @property
    def spread(self) -> float:
        """Standard deviation of the levels."""
        return float(self.levels.std(ddof=1))

    def draw(self, count: int, way: Way, random: Random) -> Array:
        """Rounds of `count` processes, shape (count, rounds).

        SMOOTHED is the smoothed bootstrap that keeps mean and variance (Silverman, Density Estimation, 1986, section
        6.4.1), at the variance that ten processes tell of their population.
        """
        chosen = random.integers(len(self.rounds), size=count)
        drawn = self.rounds[chosen]
        if way is Way.AS_MEASURED:
            return drawn
        levels = self.levels
        noise = SMOOTHING * levels.std() * random.standard_normal(count)
        spread = math.sqrt(len(levels) / (len(levels) - 1) / (1 + SMOOTHING**2))
        moved = levels.mean() + spread * (levels[chosen] - levels.mean() + noise)
        return np.asarray(drawn * np.exp(moved - levels[chosen])[:, None])


def read_pools(path: Path = FORKS) -> list[ProcessPool]:
    """Every benchmark of the set."""
    entries = json.loads(gzip.decompress(path.read_bytes()))
    return [ProcessPool(entry["id"], np.array(entry["forks"], dtype=float)) for entry in entries]
