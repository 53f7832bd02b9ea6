"""How far two stretches of nights are apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .rank_test import ratio_interval
from .series import Array, median

REFERENCE = 30  # nights before a change that it is measured against, at most


@dataclass(frozen=True)
class Effect:
    """`ratio` is the ratio of the medians, NaN unless both are positive, `ci` its 95 % interval."""

    ratio: float
    ci: tuple[float, float]
    difference: float


def effect_at(known: Array, start: int, end: int | None = None, level: int = 0) -> Effect:
    """The nights from `start` up to `end` against up to 30 before them, back to `level`; one or more a side."""
    new, reference = known[start:end], known[max(level, start - REFERENCE) : start]
    after, before = median(new), median(reference)
    if after <= 0 or before <= 0:
        return Effect(math.nan, (math.nan, math.nan), after - before)
    ratio = after / before
    low, high = ratio_interval(new, reference)
    # the medians' ratio and the pairwise ratios' middle are two estimates of one factor: the interval holds both
    ci = (min(low, ratio), max(high, ratio)) if low <= high else (low, high)
    return Effect(ratio, ci, after - before)
