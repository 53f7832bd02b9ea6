"""How much evidence a change needs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_relaybench.detect.evidence import Candidate
from pytest_relaybench.detect.steps import find_steps
from pytest_relaybench.detect.threshold import ENOUGH, NO, SMALL_SHARE, TINY_SHARE, UNSETTLED_COST, YES, needed_evidence


def needed(values, start, difference, level_start=0):
    """What a change at night `start` needs where no night was moved."""
    return needed_evidence(Candidate(start, difference, 0.0), values, values, level_start)


def nights(*stretches, noise=0.004, seed=0):
    """Nights on the relative scale: (how many, level) pairs."""
    random = np.random.default_rng(seed)
    return np.concatenate([level + noise * random.standard_normal(count) for count, level in stretches])


def test_a_first_change_needs_the_usual():
    """Three nights after sixty at one level."""
    assert needed(nights((60, 0.0), (3, 0.05)), 60, 0.05) == ENOUGH


def test_soon_after_a_change_more_is_needed():
    """Ten nights after another one of its size."""
    assert needed(nights((60, 0.05), (13, 0.0)), 70, 0.05, level_start=60) == ENOUGH + UNSETTLED_COST


@pytest.mark.parametrize(("level", "cost"), [(0.05, YES), (0.0, NO)])
def test_from_the_sixth_night_on_a_second_opinion_counts(level, cost):
    """It saves some evidence where the nights are two normal levels, and costs some where they are not."""
    values = nights((60, 0.0), (6, level))
    assert needed(values, 60, 0.05) == ENOUGH + cost
    assert needed(values[:-1], 60, 0.05) == ENOUGH


@pytest.mark.parametrize("share", [0.9 * TINY_SHARE, 1.1 * TINY_SHARE, 0.9 * SMALL_SHARE, 1.1 * SMALL_SHARE])
def test_changes_that_are_small_beside_the_levels_before(share):
    """Beside the range of a year's levels a small change needs more evidence, and a tiny one is not told."""
    values = nights((60, 0.0), (60, 1.0), (3, 1.0 + share), noise=1e-6)
    more = needed(values, 120, share) - ENOUGH
    if share < TINY_SHARE:
        assert more == math.inf
    else:
        assert more == pytest.approx(4 * max(0, math.log(SMALL_SHARE / share)), abs=1e-3)


def test_after_a_year_the_range_is_forgotten():
    """A series that became four times as fast is judged by its own small changes again when a year has passed."""
    for dwelt, told in ((200, 1), (420, 2)):
        assert len(find_steps(nights((60, 1.4), (dwelt, 0.0), (14, 0.05)))) == told
