"""Values as data for the pages' scripts: as short as they may be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST_WHOLE = 1e15  # from there on a float is longer when it is written as a whole number


def rounded(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """To so many significant digits, as floats that print with no more than those; NaN stays."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        power = digits - 1 - np.floor(np.log10(np.abs(values)))
        # a power of ten is exact up to 10**22, so one division rounds once: to the float that prints short
        up, down = 10.0 ** np.maximum(power, 0), 10.0 ** np.maximum(-power, 0)
        found = np.round(values * up / down) * down / up
    odd = (np.abs(power) > 22) & np.isfinite(values) & (values != 0)
    found[odd] = [float(f"{value:.{digits}g}") for value in values[odd]]
    return np.where(values == 0, 0.0, found)


def for_script(values: NDArray[np.float64]) -> list[Any]:
    """As JSON writes them shortest, in lists as the array has them: whole ones without a point, None for NaN."""
    numbers = values.astype(object)
    whole = (np.abs(values) < LONGEST_WHOLE) & (values == np.trunc(values))
    numbers[whole] = values[whole].astype(np.int64)
    numbers[np.isnan(values)] = None
    found: list[Any] = numbers.tolist()
    return found
