"""How much evidence a change needs."""

from __future__ import annotations

import math

import numpy as np

from .evidence import Candidate
from .normal_split import split_evidence
from .series import Array

ENOUGH = 12.0  # nats of evidence that make a change
SETTLED, UNSETTLED_COST = 14, 4.0  # nights after another change in which one needs so much more
RANGE_NIGHTS = 365  # of which the range of levels is taken...
RANGE_BLOCK, RANGE_STRIDE = 7, 3  # ...as that of the medians of so many nights, taken every so many
SMALL_SHARE, SMALL_COST = 0.3, 4.0  # below this share of the range, so many nats more for each factor e
TINY_SHARE = 0.05  # of the range; nothing as small is told
OPINION_NIGHTS = 6  # from so many new nights on, a second opinion is heard
OPINION_ENOUGH = 18.0  # nats of the Bayes factor that make it a yes...
YES, NO = -2.0, 1.0  # ...and what a yes saves, a no costs
LEVEL_NIGHTS, FEWEST_LEVEL_NIGHTS = 120, 10  # that the new nights are held against there


def needed_evidence(found: Candidate, levels: Array, values: Array, level_start: int) -> float:
    """The nats that `found` must pass, `inf` where it never can.

    `levels` are the nights up to now moved to the level that began at night `level_start`, `values` as they were.
    """
    unsettled = level_start > 0 and found.start - level_start < SETTLED
    needed = ENOUGH + UNSETTLED_COST * unsettled + _cost_of_size(abs(found.difference), values[: found.start])
    if levels.size - found.start < OPINION_NIGHTS:
        return needed
    first = min(max(0, level_start, found.start - LEVEL_NIGHTS), max(0, found.start - FEWEST_LEVEL_NIGHTS))
    agrees = split_evidence(levels[first : found.start], levels[found.start :]) > OPINION_ENOUGH
    return needed + (YES if agrees else NO)


def _cost_of_size(size: float, earlier: Array) -> float:
    """What a change costs that is small beside the levels that the series has had within a year."""
    blocks = np.lib.stride_tricks.sliding_window_view(earlier[-RANGE_NIGHTS:], RANGE_BLOCK)[::RANGE_STRIDE]
    low, high = np.percentile(np.median(blocks, axis=1), (5, 95))
    share = size / max(float(high - low), 1e-9)
    if share < TINY_SHARE:
        return math.inf
    return SMALL_COST * max(0.0, math.log(SMALL_SHARE / share))
