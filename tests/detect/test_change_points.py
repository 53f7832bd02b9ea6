"""Change points of a whole series."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.detect import find_change_points, judge_latest
from pytest_relaybench.errors import MeasurementError


def levels(*stretches, noise=0.01, seed=0):
    """Nights at several levels, as (nights, level) pairs."""
    random = np.random.default_rng(seed)
    return np.concatenate([level * random.lognormal(0, noise, nights) for nights, level in stretches])


def test_each_step_is_found_at_its_night():
    """Three steps of 10 % and more are found where they are, with their factors and small p-values."""
    found = find_change_points(levels((60, 1.0), (50, 1.1), (40, 0.9), (60, 1.5)))
    assert [change.index for change in found] == [60, 110, 150]
    assert [change.ratio for change in found] == pytest.approx([1.1, 0.9 / 1.1, 1.5 / 0.9], rel=0.02)
    assert all(change.p < 1e-5 for change in found)


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 300, [math.nan] * 50, levels((400, 1.0), noise=0.05)])
def test_one_level_has_no_change(values):
    """Empty, short, constant, missing and merely noisy series have none."""
    assert find_change_points(values) == []


def test_indices_count_missing_nights():
    """NaN nights are left out of the windows and kept in the count."""
    values = levels((40, 1.0), (30, 1.3))
    values[[3, 17, 39]] = math.nan
    assert [change.index for change in find_change_points(values)] == [40]


def test_one_bad_night_is_no_change():
    """A single night ten times as slow changes no level."""
    values = levels((80, 1.0))
    values[50] = 10.0
    assert find_change_points(values) == []


def test_the_newest_change_is_the_verdicts():
    """What the nightly verdict calls slower since a night is the same night in retrospect."""
    values = levels((60, 1.0), (8, 1.1))
    assert judge_latest(values).since == find_change_points(values)[-1].index == 60


def test_infinity_is_refused():
    """As for the verdict."""
    with pytest.raises(MeasurementError, match=r"values\[0\]"):
        find_change_points([-math.inf, 1.0])


@pytest.mark.parametrize(("times", "rule"), [([1, 2], "one for each"), ([1, 3, 2], "oldest first")])
def test_times_must_fit(times, rule):
    """As many times as values, none before the one ahead of it."""
    with pytest.raises(ValueError, match=rule):
        find_change_points([1.0, 2.0, 3.0], times)


def test_times_may_be_datetimes():
    """NumPy moments are times; they change nothing yet."""
    values = levels((40, 1.0), (30, 1.3))
    times = np.datetime64("2026-01-01") + np.arange(70)
    assert find_change_points(values, times) == find_change_points(values)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), max_size=90))
def test_changes_are_ordered_and_apart(values):
    """Whatever the numbers: ascending indices of nights that have values, at least 7 apart, p below the threshold."""
    found = find_change_points(values)
    indices = [change.index for change in found]
    assert all(later - earlier >= 7 for earlier, later in pairwise(indices))
    assert all(0 < change.index < len(values) and not math.isnan(values[change.index]) for change in found)
    assert all(change.p < 1e-4 for change in found)
