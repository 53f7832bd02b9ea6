"""The verdict on the newest night of one series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .effect import Effect, effect_at
from .evidence import FEWEST
from .series import Array, median, on_relative_scale, series_of
from .steps import Step, find_steps
from .verdicts import Kind, Verdict

Direction = Literal["lower", "higher", "neutral"]
WORSE_SIGN = {"lower": 1, "higher": -1, "neutral": 0}
UNKNOWN = (math.nan, math.nan)

STANDS = 14  # nights for which a change is told, counted from its first...
STANDS_SEEN = 7  # ...or, when it was seen late, from the night that saw it
ENOUGH_HISTORY = 29  # nights; with fewer, no change is no news
RECENT = 7  # nights that stand for today's level where nothing has changed


def judge_latest(values: ArrayLike, direction: Direction = "lower") -> Verdict:
    """Judge the newest night of a series, one value a night, oldest first, NaN where a night has none.

    `direction` says which way is better. A change for the worse is `slower` and one for the better `faster`, whatever
    is measured; a change of a `neutral` metric is `unsure`, with its `since`. A verdict of change stands until the
    change is 14 nights old, at least for 7 after it was seen, as long as the newest nights are nearer to the new level;
    then the new level is history. Nights without a value are left out of all counts. The rule, its sources and its
    error rates are in docs/statistics.md.

    Raises MeasurementError for an infinite value, ValueError for an unknown direction or values of another shape.
    """
    _check(direction)
    series = series_of(values)
    return _verdict(series, find_steps(on_relative_scale(series[~np.isnan(series)])), direction)


def verdict_of(values: ArrayLike, steps: Sequence[Step], direction: Direction = "lower") -> Verdict:
    """The verdict on the newest night, as `judge_latest`, from changes that were found before.

    `steps` are those of a `StepDetector` that has seen the same nights; their indices count only nights that have a
    value, and may be negative where `values` are the newest part of what it has seen.
    """
    _check(direction)
    return _verdict(series_of(values), steps, direction)


def _check(direction: str) -> None:
    if direction not in WORSE_SIGN:
        raise ValueError(f"direction: one of {', '.join(WORSE_SIGN)} (found {direction!r})")


def _verdict(series: Array, steps: Sequence[Step], direction: Direction) -> Verdict:
    if not series.size or math.isnan(series[-1]):
        return Verdict(Kind.MISSING, math.nan, UNKNOWN, None)
    nights = np.flatnonzero(~np.isnan(series))
    known = series[nights]
    if not steps or steps[-1].start <= 0 or not _still_news(known, steps[-1]):
        return _unchanged(known)
    step = steps[-1]
    effect = effect_at(known, step.start, level=max(0, steps[-2].start) if len(steps) > 1 else 0)
    since, seen = int(nights[step.start]), int(nights[step.seen])
    return Verdict(_kind(effect, direction), effect.ratio, effect.ci, since, math.exp(-step.evidence), seen)


def _still_news(known: Array, step: Step) -> bool:
    """Whether the change is recent, and the newest nights have not left its level."""
    last = known.size - 1
    if last - step.start >= STANDS and last - step.seen > STANDS_SEEN:
        return False
    before = median(known[max(0, step.start - RECENT) : step.start])
    after = median(known[step.start : step.seen + 1])
    newest = median(known[max(step.start, known.size - FEWEST) :])
    return abs(newest - after) < abs(newest - before)


def _unchanged(known: Array) -> Verdict:
    if known.size < 2:
        return Verdict(Kind.UNSURE, math.nan, UNKNOWN, None)
    enough = known.size >= ENOUGH_HISTORY
    # with little history the newest night stands alone, so that as many as possible speak for the level before
    effect = effect_at(known, known.size - (RECENT if enough else 1))
    kind, p = (Kind.SAME, 1.0) if enough else (Kind.UNSURE, math.nan)
    return Verdict(kind, effect.ratio, effect.ci, None, p)


def _kind(effect: Effect, direction: Direction) -> Kind:
    worse = WORSE_SIGN[direction] * effect.difference
    if worse == 0:
        return Kind.UNSURE
    return Kind.SLOWER if worse > 0 else Kind.FASTER
