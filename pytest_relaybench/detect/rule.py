"""The nightly rule: the last seven nights against the thirty before them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MeasurementError
from .rank_test import Array, rank_test, ratio_interval

RECENT = 7  # nights that are judged
REFERENCE = 30  # nights before them that they are judged by, at most
ALPHA = 1e-4
LEAST_EFFECT = 0.01  # of the reference's median

FIRST_START, LAST_START = 14, 3  # nights before the end between which a change that the rule sees can have begun


@dataclass(frozen=True)
class Step:
    """How two stretches of nights differ.

    `ratio` is the ratio of their medians, NaN unless both are positive, `ci` its 95 % interval, `p` the rank test's.
    """

    ratio: float
    ci: tuple[float, float]
    difference: float
    p: float
    counts: bool  # significant by ALPHA and at least LEAST_EFFECT


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


def step_at(known: Array, start: int, end: int | None = None) -> Step:
    """The nights from `start` up to `end` against up to 30 before them; all finite, at least one on either side."""
    new, reference = known[start:end], known[max(0, start - REFERENCE) : start]
    level, before = float(np.median(new)), float(np.median(reference))
    difference, p = level - before, rank_test(new, reference)
    counts = p < ALPHA and difference != 0 and abs(difference) >= LEAST_EFFECT * abs(before)
    if level <= 0 or before <= 0:
        return Step(math.nan, (math.nan, math.nan), difference, p, counts)
    ratio = level / before
    low, high = ratio_interval(new, reference)
    # the medians' ratio and the pairwise ratios' middle are two estimates of one factor: the interval holds both
    ci = (min(low, ratio), max(high, ratio)) if low <= high else (low, high)
    return Step(ratio, ci, difference, p, counts)


def change_seen_at(known: Array, end: int) -> int | None:
    """Where the change began that the rule sees on the last of the nights before `end`; None when it sees none."""
    if end <= RECENT or not step_at(known, end - RECENT, end).counts:
        return None
    return _start_of_level(known, end)


def _start_of_level(known: Array, end: int) -> int:
    """The split of the nights that the rule looked at into two levels with the least sum of absolute deviations."""
    begin = max(0, end - RECENT - REFERENCE)
    splits = range(max(begin + 1, end - FIRST_START), end - LAST_START)
    return min(splits, key=lambda split: _deviation(known[begin:split]) + _deviation(known[split:end]))


def _deviation(nights: Array) -> float:
    return float(np.abs(nights - np.median(nights)).sum())
