"""Rows of one detector on one set, put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .online import Outcome
from .running import Row

YEAR = 365
SIZES = ((0.0, 0.02), (0.02, 0.05), (0.05, 0.10), (0.10, math.inf))  # logarithms of the factor


@dataclass(frozen=True)
class OnlineSummary:
    """Of the online task within one window; NaN where nothing was there to count."""

    f1: float
    found: float
    false_per_year: float  # tickets a series
    mean_delay: float  # nights
    median_delay: float
    found_by_size: tuple[float, ...]  # as SIZES


@dataclass(frozen=True)
class Summary:
    """Of both tasks; milliseconds of processor time. NaN where the detector has no such form."""

    online: dict[int, OnlineSummary]  # by window
    retrospective_f1: float
    series_ms: float  # all nights of a series as they come
    night_ms: float
    whole_ms: float  # a whole series at once


def summarise(rows: Sequence[Row]) -> Summary:
    """All histories of a set; at least one."""
    nights = sum(row.online[window].nights for row in rows for window in [min(row.online)])
    held = [row.retrospective for row in rows if row.retrospective is not None]
    online_ms = 1e3 * sum(row.online_s for row in rows)
    return Summary(
        online={window: _online(rows, window) for window in rows[0].online},
        retrospective_f1=_f1(*(sum(getattr(one, what) for one in held) for what in ("found", "false", "missed")))
        if held
        else math.nan,
        series_ms=online_ms / len(rows),
        night_ms=online_ms / nights,
        whole_ms=1e3 * sum(row.retrospective_s for row in rows) / len(rows) if held else math.nan,
    )


def _online(rows: Sequence[Row], window: int) -> OnlineSummary:
    scores = [row.online[window] for row in rows]
    outcomes = [outcome for one in scores for outcome in one.outcomes]
    delays = [outcome.delay for outcome in outcomes if outcome.delay is not None]
    false = sum(one.false for one in scores)
    return OnlineSummary(
        f1=_f1(len(delays), false, len(outcomes) - len(delays)),
        found=_found(outcomes),
        false_per_year=false * YEAR / sum(one.nights for one in scores),
        mean_delay=float(np.mean(delays)) if delays else math.nan,
        median_delay=float(np.median(delays)) if delays else math.nan,
        found_by_size=tuple(_found([one for one in outcomes if low <= one.size < high]) for low, high in SIZES),
    )


def _found(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([outcome.delay is not None for outcome in outcomes])) if outcomes else math.nan


def _f1(found: int, false: int, missed: int) -> float:
    return 2 * found / (2 * found + false + missed) if found else 0.0
