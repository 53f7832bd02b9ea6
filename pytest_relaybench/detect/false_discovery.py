"""The correction of one night's p-values for how many series were judged in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .series import Array


def corrected(p: ArrayLike) -> Array:
    """For each series the smallest false discovery rate at which its change would still be told; NaN stays NaN.

    Calling every series with a value of at most q a change makes, on average, at most a share q of those calls false.
    Benjamini and Hochberg's step-up rule, Journal of the Royal Statistical Society B 57, 1995, which wants independent
    p-values. For p = 1 / likelihood ratio (`Verdict.p`) the same numbers are the e-BH rule of Wang and Ramdas, False
    discovery rate control with e-values, JRSS-B 84, 2022, which holds however the series depend on each other. NaN
    values do not count among the night's series.

    Raises ValueError unless `p` has one dimension and lies within 0 and 1.
    """
    given = np.asarray(p, dtype=float)
    if given.ndim != 1 or (given < 0).any() or (given > 1).any():
        raise ValueError(f"p: a flat list of numbers from 0 to 1, or NaN (found {p!r})")
    known = np.flatnonzero(~np.isnan(given))
    values = given[known]
    order = np.argsort(values)
    scaled = values[order] * (values.size / np.arange(1, values.size + 1))
    rates = np.full(given.shape, np.nan)
    rates[known[order]] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return rates
