"""The verdict on the newest night of one series."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .rank_test import Array
from .rule import FIRST_START, RECENT, Step, change_seen_at, series_of, step_at
from .verdicts import Kind, Verdict

Direction = Literal["lower", "higher", "neutral"]
WORSE_SIGN = {"lower": 1, "higher": -1, "neutral": 0}
UNKNOWN = (math.nan, math.nan)

ENOUGH_REFERENCE = 22  # with fewer, and no ties, seven nights cannot reach the rule's p-value however much they differ


def judge_latest(values: ArrayLike, direction: Direction = "lower") -> Verdict:
    """Judge the newest night of a series, one value a night, oldest first, NaN where a night has none.

    `direction` says which way is better. A change for the worse is `slower` and one for the better `faster`, whatever
    is measured; a change of a `neutral` metric is `unsure`, with its `since`. A verdict of change stands until the
    change is 14 nights old, then the new level is history. Nights without a value are left out of all counts. The
    rule, its sources and its error rates are in docs/statistics.md.

    Raises MeasurementError for an infinite value, ValueError for an unknown direction or values of another shape.
    """
    if direction not in WORSE_SIGN:
        raise ValueError(f"direction: one of {', '.join(WORSE_SIGN)} (found {direction!r})")
    series = series_of(values)
    if not series.size or math.isnan(series[-1]):
        return Verdict(Kind.MISSING, math.nan, UNKNOWN, None)
    nights = np.flatnonzero(~np.isnan(series))
    known = series[nights]
    start = _recent_change(known)
    if start is None:
        return _unchanged(known)
    step = step_at(known, start)
    return Verdict(_kind(step, direction), step.ratio, step.ci, int(nights[start]))


def _recent_change(known: Array) -> int | None:
    """Where a change of the last 14 nights began that still holds, None when there is none."""
    oldest = known.size - FIRST_START
    for end in range(oldest + RECENT, known.size + 1):
        start = change_seen_at(known, end)
        if start is not None and start >= oldest and step_at(known, start).counts:
            return start
    return None


def _unchanged(known: Array) -> Verdict:
    if known.size < 2:
        return Verdict(Kind.UNSURE, math.nan, UNKNOWN, None)
    enough = known.size >= RECENT + ENOUGH_REFERENCE
    # with little history the newest night stands alone, so that as many as possible speak for the level before
    step = step_at(known, known.size - (RECENT if enough else 1))
    return Verdict(Kind.SAME if enough else Kind.UNSURE, step.ratio, step.ci, None)


def _kind(step: Step, direction: Direction) -> Kind:
    worse = WORSE_SIGN[direction] * step.difference
    if worse == 0:
        return Kind.UNSURE
    return Kind.SLOWER if worse > 0 else Kind.FASTER
