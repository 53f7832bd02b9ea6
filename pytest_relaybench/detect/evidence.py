"""How strongly the newest nights speak for a new level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .null_density import NullDensity, learn
from .series import Array, median

FEWEST, MOST = 3, 14  # nights that a new level is judged by
FEWEST_BEFORE = 15
LEAST_EFFECT = 0.009  # natural logarithm of the factor, so that a true 1 % is not lost to rounding
LEVEL_NIGHTS = 20  # whose median is the level before; more would lag behind a series that drifts
NOISE_NIGHTS = 40  # whose differences between neighbours are the noise
CAUTION = 1.3  # a night is never worth more than this much less than a whole one

T = TypeVar("T", float, Array)

SCREENED = (3, 5, 8, 11, 14)
LOUD = 0.4  # of the distance that would be needed with normal noise


@dataclass(frozen=True)
class Candidate:
    """A new level that may have begun at night `start`; `evidence` in nats, negative when against it."""

    start: int
    difference: float
    evidence: float


def best_candidate(levels: Array, values: Array, level_start: int) -> Candidate | None:
    """The start of a new level for which the newest nights speak most; None when none differs enough.

    `levels` are the nights up to now, moved to the level that began at night `level_start`; `values` as they were.
    The evidence for a start is the sum over its nights of log(density of the night moved back by the difference /
    density of the night as it is), both by what the nights before had taught: a likelihood ratio. A night that is like
    earlier ones counts less the more the nights repeat each other; one that is news counts whole.
    """
    found = None
    noise = median(np.abs(np.diff(levels[-NOISE_NIGHTS - FEWEST :])))
    for nights in range(FEWEST, MOST + 1):
        start = levels.size - nights
        if min(start - 1, start) < FEWEST_BEFORE or (level_start > 0 and start - level_start < FEWEST):
            break
        difference = median(levels[start:]) - median(levels[max(1, start - LEVEL_NIGHTS) : start])
        if abs(difference) < max(LEAST_EFFECT, _loud(noise, nights)):
            continue
        evidence = evidence_for(learn(levels, values, level_start, start), levels, start, difference)
        if found is None or evidence > found.evidence:
            found = Candidate(start, difference, evidence)
    return found


def evidence_for(density: NullDensity, levels: Array, start: int, difference: float) -> float:
    """In nats: how much likelier the nights since `start` are at a level that is `difference` away, with caution."""
    new, before = levels[start:], levels[start - 1 : -1]
    before_moved = before - difference
    before_moved[0] = before[0]  # the last night of the old level
    as_is, is_news = density.of(new, before)
    moved = density.shifted(new - difference, before_moved)
    return float((np.log(moved / as_is) / np.where(is_news, CAUTION, CAUTION * density.correlation)).sum())


def loud_nights(levels: Array, first: int) -> NDArray[np.bool_]:
    """Of the nights from `first` on, those at which a look may find something: a quick screen, on the generous side."""
    loud = np.zeros(levels.size - first, dtype=bool)
    early = max(0, NOISE_NIGHTS + MOST - first)
    loud[:early] = True
    if early >= loud.size:
        return loud
    begin = first + early  # from here on every window is full
    noise = _sliding_median(np.abs(np.diff(levels, prepend=levels[0])), NOISE_NIGHTS, begin - MOST)
    before = _sliding_median(levels, LEVEL_NIGHTS, begin - MOST)
    for nights in SCREENED:
        new = _sliding_median(levels, nights, begin)
        shift = slice(MOST - nights, MOST - nights + new.size)
        needed = np.maximum(LEAST_EFFECT, _loud(noise[shift], nights))
        loud[early:] |= np.abs(new - before[shift]) >= needed
    return loud


def _loud(noise: T, nights: int) -> T:
    """What so many nights must differ by, for differences between neighbours of this median size."""
    return LOUD * math.sqrt(30 / nights) * noise


def _sliding_median(values: Array, width: int, first: int) -> Array:
    """Medians of the `width` values up to each of those from `first` on."""
    windows = np.lib.stride_tricks.sliding_window_view(values[first - width + 1 :], width)
    return np.asarray(np.median(windows, axis=1))
