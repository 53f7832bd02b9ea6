"""The nights at which the level of one series changed, seen from today."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .effect import effect_at
from .series import Array, on_relative_scale, series_of
from .steps import find_steps
from .verdicts import ChangePoint


def find_change_points(values: ArrayLike, times: ArrayLike | None = None) -> list[ChangePoint]:
    """Find every change of level in a series, one value a night, oldest first, NaN where a night has none.

    The nightly rule is replayed from the first night on: each change is told at the night at which its level began.
    `times`, when given, are the nights' times and only checked: as many as values, none before the one ahead of it.
    The rule and its error rates: docs/statistics.md.

    Raises MeasurementError for an infinite value, ValueError for times that do not fit or values of another shape.
    """
    series = series_of(values)
    if times is not None:
        _check_times(np.asarray(times), series)
    nights = np.flatnonzero(~np.isnan(series))
    known = series[nights]
    steps = find_steps(on_relative_scale(known))
    levels = [0, *(step.start for step in steps), known.size]
    return [
        ChangePoint(int(nights[step.start]), effect_at(known, step.start, end, level).ratio, math.exp(-step.evidence))
        for step, level, end in zip(steps, levels[:-2], levels[2:], strict=True)
    ]


def _check_times(times: np.ndarray, series: Array) -> None:
    if times.shape != series.shape:
        raise ValueError(f"times: one for each of the {series.size} values (found shape {times.shape})")
    if (times[1:] < times[:-1]).any():
        raise ValueError("times: oldest first, as the values")
