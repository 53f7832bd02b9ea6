"""The verdict on one series."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_relaybench.run_comparison.judgement import Level, judge, judge_deterministic
from pytest_relaybench.run_comparison.spread import Spread

from .conftest import nightly

QUIET = Spread(0.005, 30)


def level(*values: float, spread: Spread | None = None, runs: int = 0) -> Level:
    return Level(np.array(values), runs or len(values), spread)


def test_two_runs_alone_tell_nothing():
    """With one run a side and no history nothing is sure, however large the difference; the reason is told."""
    judged = judge(level(1.0), level(3.0), "lower")
    assert (judged.kind, judged.ratio, judged.changed) == ("unsure", 3.0, False)
    assert all(map(math.isnan, judged.ci))
    assert judged.reason == "one run a side, and fewer than 8 nights that would tell how far runs scatter"


@pytest.mark.parametrize(
    ("ratio", "direction", "kind"),
    [(1.1, "lower", "slower"), (0.9, "lower", "faster"), (0.9, "higher", "slower"), (1.1, "higher", "faster")],
)
def test_history_tells_the_spread(ratio, direction, kind):
    """Where the spread of nights is known one run a side can be told apart, by the direction of the metric."""
    judged = judge(level(1.0, spread=QUIET), level(ratio, spread=QUIET), direction)
    assert (judged.kind, judged.changed, judged.way) == (kind, True, "history")
    assert judged.ci[0] < ratio < judged.ci[1]


def test_welch_interval():
    """The interval is that of Welch for the two spreads, at 99 %: by hand, t(58) = 2.6633."""
    judged = judge(level(1.0, spread=QUIET), level(1.1, spread=QUIET), "lower")
    reach = 2.6633 * math.sqrt(2) * 0.005
    assert np.log(judged.ci) == pytest.approx([math.log(1.1) - reach, math.log(1.1) + reach], abs=1e-6)


def test_same_and_unsure():
    """Within twice the margin it is the same; an interval that is neither there nor beyond is unsure."""
    exact = Spread(0.001, 30)
    assert judge(level(1.0, spread=exact), level(1.002, spread=exact), "lower").kind == "same"
    assert judge(level(1.0, spread=QUIET), level(1.02, spread=QUIET), "lower").kind == "unsure"


def test_margin():
    """A difference below the margin is no verdict however sure it is."""
    exact = Spread(0.0001, 30)
    sides = level(1.0, spread=exact), level(1.03, spread=exact)
    assert judge(*sides, "lower").kind == "slower"
    assert judge(*sides, "lower", margin=0.05).kind == "same"


def test_neutral_metric_changes():
    """A metric that is neither good nor bad is unsure, and its change is told."""
    judged = judge(level(1.0, spread=QUIET), level(1.5, spread=QUIET), "neutral")
    assert (judged.kind, judged.changed) == ("unsure", True)
    assert "neither" in judged.reason


def test_several_runs_a_side():
    """Five runs a side are judged by their ranks alone, without a history."""
    judged = judge(level(*nightly(5)), level(*1.1 * nightly(5, seed=1)), "lower")
    assert (judged.kind, judged.way) == ("slower", "ranks")
    assert judged.ci[0] < 1.1 < judged.ci[1] < 1.2
    assert judge(level(*nightly(4)), level(*1.1 * nightly(5)), "lower").reason.startswith("4 and 5 runs, and fewer")


def test_more_runs_are_surer():
    """The median of several nights scatters less than one night."""
    one, many = (
        judge(level(1.0, spread=QUIET, runs=runs), level(1.05, spread=QUIET, runs=runs), "lower") for runs in (1, 4)
    )
    assert many.ci[1] - many.ci[0] < 0.75 * (one.ci[1] - one.ci[0])


def test_no_spread_at_all():
    """A history without any spread gives an interval without width, which the margin judges."""
    still = Spread(0.0, 30)
    assert judge(level(1.0, spread=still), level(1.001, spread=still), "lower").kind == "same"
    assert judge(level(1.0, spread=still), level(1.02, spread=still), "lower").kind == "slower"


def test_values_that_are_not_positive():
    """Zero and below have no ratio, and nothing is made up."""
    judged = judge(level(0.0, spread=QUIET), level(1.0, spread=QUIET), "lower")
    assert judged.kind == "unsure"
    assert math.isnan(judged.ratio)


@pytest.mark.parametrize(
    ("before", "after", "direction", "kind", "changed"),
    [
        (10, 11, "lower", "slower", True),
        (10, 11, "higher", "faster", True),
        (10, 10, "lower", "same", False),
        (10, 10.001, "lower", "slower", True),
        (10, 11, "neutral", "unsure", True),
        (0, 3, "lower", "slower", True),
    ],
)
def test_deterministic(before, after, direction, kind, changed):
    """Of what a build always gives, any difference is one, also from zero and far below the margin."""
    judged = judge_deterministic(np.array([before]), np.array([after]), direction)
    assert (judged.kind, judged.changed, judged.way) == (kind, changed, "deterministic")


def test_false_verdicts_are_rare():
    """Of nights that scatter by 2 % and differ in nothing, at most 2 in 100 pairs get a verdict of change."""
    random = np.random.default_rng(7)
    spread = Spread(0.02, 30)
    pairs = np.exp(random.normal(0, 0.02, (2000, 2)))
    wrong = sum(judge(level(a, spread=spread), level(b, spread=spread), "lower").changed for a, b in pairs)
    assert wrong <= 40
