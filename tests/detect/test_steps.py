"""Changes of level as nights come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.detect.evidence import FEWEST
from pytest_relaybench.detect.steps import QUIET, REACH, StepDetector, find_steps
from pytest_relaybench.detect.threshold import ENOUGH


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


def wild_nights(seed, count=330):
    """A series that does everything at once: changes, flapping, drift, bad nights, heavier and lighter noise."""
    random = np.random.default_rng(seed)
    level = np.cumsum(random.choice([0.0, 0.05, -0.08, 0.3], count, p=[0.96, 0.02, 0.01, 0.01]))
    flapping = 0.1 * (random.random(count) < 0.1).cumsum() % 0.2 * (random.random() < 0.5)
    drift = np.cumsum(0.003 * random.standard_normal(count)) * (random.random() < 0.5)
    return level + flapping + drift + random.choice([0.002, 0.01]) * random.standard_t(3, count)


@pytest.mark.parametrize("seed", range(8))
def test_resuming_is_as_if_never_stopped(seed):
    """A detector that is given its earlier nights and changes finds what one that saw all nights finds."""
    values = wild_nights(seed)
    whole = StepDetector()
    whole.extend(values)
    for stop in np.random.default_rng(seed).integers(1, values.size, 3):
        earlier = [step for step in whole.steps if step.seen < stop]
        detector = StepDetector.resume(values[:stop], earlier)
        later = detector.extend(values[stop:])
        assert earlier + later == detector.steps == whole.steps


def test_some_of_these_series_change_often():
    """The series above are worth resuming: changes before and after, and several of them."""
    assert sum(len(find_steps(wild_nights(seed))) for seed in range(3)) > 8


@pytest.mark.parametrize("seed", range(3))
def test_resuming_needs_no_more_than_its_reach(seed):
    """The newest nights, and all steps counted from the first of them, are enough."""
    values = wild_nights(seed, count=REACH + 120)
    whole = find_steps(values)
    for stop in (REACH + 10, REACH + 60):
        cut = stop - REACH
        moved = [replace(step, start=step.start - cut, seen=step.seen - cut) for step in whole]
        earlier = [step for step in moved if step.seen < REACH]
        assert StepDetector.resume(values[cut:stop], earlier).extend(values[stop:]) == moved[len(earlier) :]


def test_a_confirmed_change_is_a_change():
    """Confirmed on its first night: it is not told again, its level is today's, and its end is seen."""
    values = nights((60, 0.0), (60, 0.05), (20, 0.0))
    detector = StepDetector()
    assert detector.extend(values[:61]) == []
    step = detector.confirm(60, 0.05)
    assert (step.start, step.seen, step.evidence, step.stayed) == (60, 60, ENOUGH, 60)
    assert detector.start == 60
    (back,) = detector.extend(values[61:])
    assert back.start == 120
    assert detector.steps == [step, back]
    assert StepDetector.resume(values[:61], [step]).extend(values[61:]) == [back]


def test_nothing_is_looked_for_after_a_confirmed_change():
    """Another jump four nights later is not told within the quiet week, but afterwards."""
    values = nights((60, 0.0), (5, 0.05), (20, 0.3))
    detector = StepDetector()
    detector.extend(values[:61])
    detector.confirm(60, 0.05)
    assert detector.extend(values[61 : 61 + QUIET]) == []
    assert [step.start for step in detector.extend(values[61 + QUIET :])] == [65]


@pytest.mark.parametrize("start", [-1, 0, 40, 61, 70])
def test_only_a_later_night_can_be_confirmed(start):
    """Neither before or at today's level's first night nor after the newest one."""
    detector = StepDetector.resume(nights((61, 0.0)), find_steps(nights((40, 0.3), (21, 0.0))))
    with pytest.raises(ValueError, match="start: after night 40, before 61"):
        detector.confirm(start, 0.05)
