"""The mean of ratios, and of sizes of different orders."""

from __future__ import annotations

import math
from collections.abc import Iterable


def geometric_mean(values: Iterable[float | None]) -> float:
    """Of the positive finite ones among `values`; NaN when there is none."""
    logs = [math.log(value) for value in values if value is not None and math.isfinite(value) and value > 0]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan
