"""The verdict on a metric that the same build gives again and again: any change of it is news, and none is chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .latest import STANDS, UNKNOWN, WORSE_SIGN, Direction
from .series import series_of
from .verdicts import Kind, Verdict

ROUNDING = 1e-12  # of the larger value: sums in another order are no change


def judge_exact(values: ArrayLike, direction: Direction = "lower") -> Verdict:
    """Judge the newest night of a deterministic series, one value a night, oldest first, NaN where a night has none.

    The verdict of a change stands for 14 nights that have a value, counted from its first. `ratio` is the new value
    over the one before, its interval has no width, and there is no p. The second value there is can be judged.

    Raises MeasurementError for an infinite value, ValueError for an unknown direction or values of another shape.
    """
    if direction not in WORSE_SIGN:
        raise ValueError(f"direction: one of {', '.join(WORSE_SIGN)} (found {direction!r})")
    series = series_of(values)
    if not series.size or math.isnan(series[-1]):
        return Verdict(Kind.MISSING, math.nan, UNKNOWN, None)
    nights = np.flatnonzero(~np.isnan(series))
    known = series[nights]
    differs = np.abs(np.diff(known)) > ROUNDING * np.maximum(np.abs(known[1:]), np.abs(known[:-1]))
    changes = np.flatnonzero(differs) + 1
    if not changes.size or known.size - changes[-1] > STANDS:
        return Verdict(Kind.SAME if known.size > 1 else Kind.UNSURE, *_ratio(known[-1], known[-1]), None)
    begun = int(changes[-1])
    worse = WORSE_SIGN[direction] * (known[-1] - known[begun - 1])
    kind = Kind.UNSURE if worse == 0 else Kind.SLOWER if worse > 0 else Kind.FASTER
    since = int(nights[begun])
    return Verdict(kind, *_ratio(known[-1], known[begun - 1]), since, seen=since)


def _ratio(new: float, old: float) -> tuple[float, tuple[float, float]]:
    if new <= 0 or old <= 0:
        return math.nan, UNKNOWN
    return float(new / old), (float(new / old), float(new / old))
