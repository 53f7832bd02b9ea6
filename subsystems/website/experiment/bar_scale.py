"""How long bars are: from zero, or by powers of ten where the values span too much for that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_relaybench.render.format import value_text

LOG_FROM = 20.0  # largest over smallest value, as in pictures: below it a bar from zero still tells sizes
SHORTEST = 0.6  # of the smallest value: a logarithmic bar begins at a power of ten below this
LEAST = 0.6  # percent: what is there can be seen


@dataclass(frozen=True)
class BarScale:
    """From `low` to `high`, both in `unit`; `low` is 0 on a linear scale."""

    low: float
    high: float
    unit: str

    @property
    def is_log(self) -> bool:
        """Whether each step is a power of ten."""
        return self.low > 0

    @property
    def step(self) -> float:
        """Percent between two lines: a power of ten, or a quarter of the longest bar."""
        return 100 / math.log10(self.high / self.low) if self.is_log else 25.0

    @property
    def words(self) -> str:
        """Which scale it is."""
        ends = f"{value_text(self.low, self.unit)} to {value_text(self.high, self.unit)}"
        return (
            f"logarithmic scale, {ends}, each line ten times the one before" if self.is_log else "linear scale from 0"
        )

    def length(self, value: float) -> float:
        """Of a bar, in percent of the longest that there could be."""
        if not self.is_log:
            return max(round(100 * value / self.high, 2), LEAST) if self.high > 0 and value > 0 else LEAST
        return max(round(100 * math.log10(value / self.low) / math.log10(self.high / self.low), 2), LEAST)


def scale_of(values: Sequence[float], unit: str) -> BarScale:
    """The scale for these finite values; linear where one of them is not positive."""
    low, high = min(values), max(values)
    if low <= 0 or high <= LOG_FROM * low:
        return BarScale(0.0, high, unit)
    return BarScale(10.0 ** math.floor(math.log10(low * SHORTEST)), high, unit)
