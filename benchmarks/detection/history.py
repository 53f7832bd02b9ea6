"""One labelled history: a value a night, and the nights at which its level really changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """A true change: the first night of the new level, and the logarithm of the factor between the levels."""

    night: int
    size: float


@dataclass(frozen=True)
class History:
    """A series with its truth.

    `neutral` are nights of which no detector is asked anything: the machine changed, or people could not agree.
    """

    name: str
    family: str
    values: Array
    steps: tuple[Step, ...]
    neutral: tuple[int, ...] = ()

    @property
    def nights(self) -> tuple[int, ...]:
        """Of the steps."""
        return tuple(step.night for step in self.steps)
