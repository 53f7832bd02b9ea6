"""Changes of level as nights come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.detect.evidence import FEWEST
from pytest_relaybench.detect.steps import QUIET, StepDetector, find_steps


def nights(*stretches, noise=0.005, seed=0):
    """Nights on the relative scale: (how many, level) pairs."""
    random = np.random.default_rng(seed)
    return np.concatenate([level + noise * random.standard_normal(count) for count, level in stretches])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([0.0, 0.04, 0.1]), min_size=2, max_size=4), st.integers(0, 99), st.integers(1, 40))
def test_night_by_night_is_the_whole_at_once(levels, seed, portion):
    """Nights given one by one, or some at a time, give the same changes as the whole series."""
    values = nights(*((35, level) for level in levels), seed=seed)
    detector = StepDetector()
    for first in range(0, values.size, portion):
        detector.extend(values[first : first + portion])
    assert detector.steps == find_steps(values)


def test_a_step_tells_where_when_and_how_far():
    """A change of 5 %, seen on its third night."""
    (step,) = find_steps(nights((60, 0.0), (10, 0.05)))
    assert (step.start, step.seen) == (60, 60 + FEWEST - 1)
    assert step.difference == pytest.approx(0.05, abs=0.01)
    assert step.stayed == 60


def test_a_small_change_takes_longer_but_is_seen():
    """A step as large as the noise of a night is seen within two weeks."""
    (step,) = find_steps(nights((90, 0.0), (14, 0.02), noise=0.012, seed=4))
    assert abs(step.start - 90) <= 3
    assert 93 <= step.seen < 104


def test_what_was_learned_before_a_change_is_kept():
    """The second of two changes soon after each other is judged by the noise of all nights."""
    steps = find_steps(nights((60, 0.0), (20, 0.1), (20, 0.2)))
    assert [step.start for step in steps] == [60, 80]
    assert all(step.seen - step.start < QUIET for step in steps)


def test_flapping_is_told_twice_at_most():
    """A series that goes up and down between two levels for a fortnight each time is not told again and again."""
    values = nights(*((12, 0.08 * (turn % 2)) for turn in range(20)))
    assert len(find_steps(values)) <= 2


def test_a_regression_that_is_mended_later_is_told_twice():
    """Up for two months, then back: two changes, though the level is a known one."""
    values = nights((60, 0.0), (60, 0.08), (30, 0.0))
    assert [step.start for step in find_steps(values)] == [60, 120]


@pytest.mark.parametrize("length", [0, 1, 5, 15, 17, 18, 30, 54, 55])
def test_any_length_will_do(length):
    """No night is too few."""
    assert find_steps(nights((length, 0.0))) == []
