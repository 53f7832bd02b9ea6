"""How far the output of fewer bits may be from torch's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_relaybench.measure.correctness import check_output

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Tolerance:
    """The output in 32-bit floats, and which share of its largest value another may be off by."""

    expected: Array
    share: float

    @property
    def absolute(self) -> float:
        """In units of the output."""
        return float(self.share * np.abs(self.expected).max())

    def check(self, output: Array) -> None:
        """Raise OutputMismatchError for an output that is further off."""
        check_output(output, self.expected, rtol=0, atol=self.absolute)

    def drift(self, output: Array) -> float:
        """The largest difference as a share of the largest output."""
        return float(np.abs(output - self.expected).max() / np.abs(self.expected).max())
