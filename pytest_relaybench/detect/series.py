"""A series as detection sees it: one finite number a night, on a scale where equal factors are equal distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MeasurementError

Array = NDArray[np.float64]


def series_of(values: ArrayLike) -> Array:
    """The values as floats, NaN where a night has none.

    Raises ValueError unless they are one-dimensional, MeasurementError when one is infinite.
    """
    series = np.asarray(values, dtype=float)
    if series.ndim != 1:
        raise ValueError(f"values: a series has one dimension, oldest night first (found {series.ndim})")
    infinite = np.flatnonzero(np.isinf(series))
    if infinite.size:
        raise MeasurementError(f"values[{infinite[0]}]: a value is finite, or NaN when missing (found infinity)")
    return series


def on_relative_scale(known: Array) -> Array:
    """Natural logarithms of positive values; others in units of their median size, so that 0.01 is about 1 % of it."""
    if not known.size or known.min() > 0:
        return np.log(known)
    size = median(np.abs(known))
    return known / (size or float(np.abs(known).max()) or 1.0)


def median(values: Array) -> float:
    """The median of finite values, at least one: as NumPy's, whose checks take five times as long as the work."""
    ordered = np.sort(values)
    middle = values.size // 2
    return float(ordered[middle] if values.size % 2 else (ordered[middle - 1] + ordered[middle]) / 2)
