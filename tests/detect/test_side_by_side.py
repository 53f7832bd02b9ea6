"""Verdicts on two builds measured side by side."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from pytest_relaybench.detect import Comparison, Kind, compare_processes
from pytest_relaybench.detect.side_by_side import look_confidence, looks, needs_more

DIRECTIONS = ["lower", "higher", "neutral"]


def side(level=1.0, processes=5, spread=0.002, seed=0, rounds=100):
    """Processes of a build: each has a level of its own, and rounds around it."""
    random = np.random.default_rng(seed)
    return [
        (level * random.lognormal(0, spread) * random.lognormal(0, 0.01, rounds)).tolist() for _ in range(processes)
    ]


def judged(ci, processes=5, ratio=1.0, margin=0.01):
    """A comparison as `needs_more` is given one."""
    return Comparison(Kind.UNSURE, ratio, ci, processes, processes, margin, 0.95)


@pytest.mark.parametrize(
    ("level", "direction", "kind"),
    [
        (1.05, "lower", "slower"),
        (0.95, "lower", "faster"),
        (1.05, "higher", "faster"),
        (0.95, "higher", "slower"),
        (1.05, "neutral", "unsure"),
        (1.00, "lower", "same"),
        (1.00, "higher", "same"),
        (1.00, "neutral", "same"),
    ],
)
def test_words_follow_the_direction(level, direction, kind):
    """Worse is slower and better is faster whatever is measured; a neutral metric can only change."""
    comparison = compare_processes(side(), side(level, seed=1), direction=direction)
    assert comparison.kind == kind
    assert comparison.ratio == pytest.approx(level, abs=0.005)
    assert comparison.ci[0] <= comparison.ratio <= comparison.ci[1]
    assert (comparison.n_base, comparison.n_candidate, comparison.is_clear) == (5, 5, True)


@pytest.mark.parametrize("spread", [0.05, 0.2])
def test_processes_that_differ_leave_it_unsure(spread):
    """Where processes of one build differ by more than the step, the interval says so, however many rounds agree."""
    comparison = compare_processes(side(spread=spread, rounds=1000), side(1.02, spread=spread, seed=1, rounds=1000))
    assert comparison.kind == Kind.UNSURE
    assert not comparison.is_clear


@pytest.mark.parametrize("processes", [2, 3, 4])
def test_fewer_than_five_processes_are_unsure_with_their_interval(processes):
    """A step of 50 % is shown, and not judged, on fewer than five processes of either side."""
    comparison = compare_processes(side(processes=processes), side(1.5))
    assert comparison.kind == Kind.UNSURE
    assert comparison.ci[0] > 1.4
    assert (comparison.n_base, comparison.is_clear) == (processes, False)
    assert compare_processes(side(), side(1.5, processes)).kind == Kind.UNSURE


def test_one_process_a_side_has_no_interval():
    """Two runs do not tell how far runs differ: a ratio without an interval."""
    comparison = compare_processes(side(processes=1), side(1.5, processes=1))
    assert (comparison.kind, comparison.ratio) == (Kind.UNSURE, pytest.approx(1.5, rel=0.02))
    assert all(map(math.isnan, comparison.ci))


@pytest.mark.parametrize(
    ("value", "kind"), [(1000, "same"), (1009, "same"), (1011, "slower"), (980, "faster"), (1000.1, "same")]
)
def test_values_without_any_noise_are_judged_by_the_margin(value, kind):
    """As an artifact's size: the interval is the ratio itself."""
    comparison = compare_processes([[1000.0] * 3] * 5, [[value] * 3] * 5)
    assert comparison.kind == kind
    assert comparison.ci == pytest.approx((value / 1000, value / 1000))


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_there_is_no_ratio_of_what_is_not_positive(value):
    """One zero or negative sample on either side: no ratio, unsure, and more processes would not help."""
    for base, candidate in ([side(), [[*rounds, value] for rounds in side()]], [[[value]] * 5, side()]):
        comparison = compare_processes(base, candidate)
        assert comparison.kind == Kind.UNSURE
        assert all(map(math.isnan, (comparison.ratio, *comparison.ci)))
        assert not needs_more(comparison, spent_s=0, budget_s=60, most=20)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_named(bad):
    """The error names side, process and sample."""
    candidate = side()
    candidate[3][7] = bad
    with pytest.raises(ValueError, match=r"candidate\[3\]\[7\]"):
        compare_processes(side(), candidate)


@pytest.mark.parametrize(
    ("base", "match"), [([], "base: at least one process"), ([[1.0], []], r"base\[1\]"), ([[[1.0]]], r"base\[0\]")]
)
def test_sides_without_samples_are_refused(base, match):
    """No process, a process without samples, and one level of nesting too many."""
    with pytest.raises(ValueError, match=match):
        compare_processes(base, side())


@pytest.mark.parametrize(
    "setting", [{"direction": "up"}, {"margin": -0.1}, {"margin": 1}, {"confidence": 1}, {"quantile": 1.1}]
)
def test_settings_out_of_range_are_refused(setting):
    """The error names the setting."""
    with pytest.raises(ValueError, match=next(iter(setting))):
        compare_processes(side(), side(), **setting)


def test_a_seed_gives_one_answer():
    """Same input and seed, same answer; another seed moves the interval by little."""
    first, again, other = (compare_processes(side(), side(1.02, seed=1), seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first.ci != other.ci
    assert first.ci == pytest.approx(other.ci, abs=0.001)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_sides_can_be_exchanged(direction):
    """The other way round the ratio is the inverse and the word the opposite one."""
    opposite = {"slower": "faster", "faster": "slower", "unsure": "unsure"}
    there = compare_processes(side(), side(1.05, seed=1), direction=direction)
    back = compare_processes(side(1.05, seed=1), side(), direction=direction)
    assert back.ratio == pytest.approx(1 / there.ratio)
    assert back.kind == opposite[there.kind]


def test_one_wild_process_is_no_verdict():
    """A process that ran three times as slow widens the interval instead of making a build slow."""
    wild = [*side(processes=4), [3 * value for value in side(processes=1)[0]]]
    assert compare_processes(side(seed=1), wild).kind == Kind.UNSURE


def test_the_margin_is_the_callers():
    """A step of 3 % is slower beyond 1 %, and the same as far as a margin of 5 % asks."""
    assert compare_processes(side(), side(1.03, seed=1)).kind == Kind.SLOWER
    assert compare_processes(side(), side(1.03, seed=1), margin=0.05).kind == Kind.SAME


def test_it_is_fast():
    """Five processes of 100 rounds a side take less than 20 ms."""
    base, candidate = side(), side(seed=1)
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        compare_processes(base, candidate)
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.02


@pytest.mark.parametrize(
    ("most", "expected"),
    [(1, (1,)), (5, (5,)), (7, (5, 7)), (10, (5, 10)), (20, (5, 10, 20)), (41, (5, 10, 20, 40, 41))],
)
def test_looks_are_few(most, expected):
    """Five processes a side, then twice as many each time, and the last."""
    assert looks(most) == expected


def test_several_looks_ask_for_more():
    """One look has the confidence that was asked for; with several, each may err a fifth as often."""
    assert look_confidence(0.95, 5) == 0.95
    assert look_confidence(0.95, 20) == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("comparison", "spent_s", "expected"),
    [
        (judged((0.97, 1.04)), 10, True),
        (judged((0.97, 1.04)), 60, False),  # seconds spent
        (judged((0.97, 1.04), processes=20), 10, False),  # processes spent
        (judged((1.02, 1.04)), 10, False),  # slower
        (judged((0.96, 0.98)), 10, False),  # faster
        (judged((0.99, 1.01)), 10, False),  # same
        (judged((1.02, 1.04), processes=4), 10, True),  # too few to be believed
        (judged((math.nan, math.nan), ratio=math.nan), 10, False),
    ],
)
def test_more_is_measured_until_it_is_clear_or_spent(comparison, spent_s, expected):
    """Each reason to stop."""
    assert needs_more(comparison, spent_s=spent_s, budget_s=60, most=20) is expected
