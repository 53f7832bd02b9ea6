"""The nights at which the level of one series changed, seen from today."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .rank_test import Array
from .rule import RECENT, change_seen_at, series_of, step_at
from .verdicts import ChangePoint


def find_change_points(values: ArrayLike, times: ArrayLike | None = None) -> list[ChangePoint]:
    """Find every change of level in a series, one value a night, oldest first, NaN where a night has none.

    The nightly rule is replayed from the first night on; where it sees a change, the night at which the new level
    began is located. Changes are at least 7 nights apart. `times`, when given, are the nights' times and only
    checked: as many as values, none before the one ahead of it. The rule and its error rates: docs/statistics.md.

    Raises MeasurementError for an infinite value, ValueError for times that do not fit or values of another shape.
    """
    series = series_of(values)
    if times is not None:
        _check_times(np.asarray(times), series)
    nights = np.flatnonzero(~np.isnan(series))
    known = series[nights]
    found: list[ChangePoint] = []
    level = 0
    for end in range(RECENT + 1, known.size + 1):
        start = change_seen_at(known, end)
        if start is not None and start >= level + RECENT:
            found.append(_change_point(known, level, start, end, int(nights[start])))
            level = start
    return found


def _change_point(known: Array, level: int, start: int, end: int, night: int) -> ChangePoint:
    """What is told of it: the new level over the one that had begun at `level`, and the p-value that gave it away."""
    step = step_at(known[level:], start - level, end - level)
    return ChangePoint(night, step.ratio, step_at(known, end - RECENT, end).p)


def _check_times(times: np.ndarray, series: Array) -> None:
    if times.shape != series.shape:
        raise ValueError(f"times: one for each of the {series.size} values (found shape {times.shape})")
    if (times[1:] < times[:-1]).any():
        raise ValueError("times: oldest first, as the values")
