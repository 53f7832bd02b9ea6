"""Two builds measured in the order A B B A, until the verdict is clear."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_relaybench.detect import Kind
from pytest_relaybench.measure.interleave import Interleaver, abba


class Builds:
    """Stands for two builds: a process of either takes `process_s` of a clock that only it moves."""

    def __init__(self, level=1.0, spread=0.001, process_s=1.0, breaks_at=None):
        self.level, self.spread, self.process_s, self.breaks_at = level, spread, process_s, breaks_at
        self.random = np.random.default_rng(0)
        self.now_s = 0.0
        self.order = []

    def measure(self, side):
        self.order.append(side)
        self.now_s += self.process_s
        if len(self.order) == self.breaks_at:
            raise ChildProcessError("the process died")
        level = self.level if side == "candidate" else 1.0
        return level * self.random.lognormal(0, self.spread) * self.random.lognormal(0, 0.001, 20)

    def clock(self):
        return self.now_s


def interleaver(builds, budget_s=1000.0, **settings):
    return Interleaver(builds.measure, budget_s=budget_s, clock=builds.clock, **settings)


@pytest.mark.parametrize(("pairs", "order"), [(0, ""), (1, "AB"), (2, "ABBA"), (5, "ABBAABBAAB")])
def test_order(pairs, order):
    """A B B A A B B A ..."""
    letters = {"base": "A", "candidate": "B"}
    assert "".join(letters[side] for side in abba(pairs)) == order


@pytest.mark.parametrize("pairs", [2, 4, 10])
def test_a_steady_drift_falls_on_both_sides_alike(pairs):
    """The mean time of measuring is the same for both sides after an even number of pairs."""
    order = np.array(list(abba(pairs)))
    assert np.flatnonzero(order == "base").mean() == np.flatnonzero(order == "candidate").mean()


@pytest.mark.parametrize(("level", "kind"), [(1.05, Kind.SLOWER), (0.95, Kind.FASTER), (1.0, Kind.SAME)])
def test_a_clear_verdict_ends_it_at_five(level, kind):
    """Five processes a side, in order, and every sample is kept."""
    builds = Builds(level)
    result = interleaver(builds).run()
    assert (result.comparison.kind, result.spent_s) == (kind, 10.0)
    assert builds.order == list(abba(5))
    assert [len(rounds) for rounds in (*result.base, *result.candidate)] == [20] * 10
    assert result.comparison.ratio == pytest.approx(level, rel=0.005)


def test_pairs_are_added_while_it_is_unsure():
    """A step of 5 % among processes that differ by 3 % is not clear at five, and is later."""
    result = interleaver(Builds(1.05, spread=0.03), most=40).run()
    assert result.comparison.kind == Kind.SLOWER
    assert len(result.base) == len(result.candidate) == result.comparison.n_base
    assert len(result.base) in (10, 20, 40)


def test_it_looks_only_at_five_ten_twenty():
    """A difference that never gets clear is measured to the last process, at the confidence for several looks."""
    result = interleaver(Builds(1.015, spread=0.05)).run()
    assert (result.comparison.kind, len(result.base)) == (Kind.UNSURE, 20)
    assert result.comparison.confidence == pytest.approx(0.99)


def test_one_look_has_the_confidence_asked_for():
    """At most five processes a side are looked at once."""
    assert interleaver(Builds(), most=5).run().comparison.confidence == 0.95


@pytest.mark.parametrize(("budget_s", "pairs"), [(0, 1), (6, 3), (7, 4), (15, 8)])
def test_the_budget_ends_it_after_the_pair_that_spends_it(budget_s, pairs):
    """What was measured by then is judged, and with fewer than five processes it is unsure."""
    result = interleaver(Builds(1.015, spread=0.05), budget_s).run()
    assert len(result.base) == len(result.candidate) == pairs
    assert (result.comparison.kind, result.spent_s) == (Kind.UNSURE, 2.0 * pairs)


def test_a_process_that_fails_ends_it():
    """With its own error; what was measured before stays in `samples`."""
    builds = Builds(breaks_at=4)
    driver = interleaver(builds)
    with pytest.raises(ChildProcessError, match="died"):
        driver.run()
    assert builds.order == list(abba(2))
    assert {side: len(done) for side, done in driver.samples.items()} == {"base": 1, "candidate": 2}


def test_values_that_have_no_ratio_end_it_at_the_first_look():
    """More zeros would not make a verdict."""
    driver = Interleaver(lambda _side: [0.0], budget_s=60)
    assert (driver.run().comparison.kind, len(driver.samples["base"])) == (Kind.UNSURE, 5)


def test_a_limit_below_one_is_refused():
    """Nothing would be measured."""
    with pytest.raises(ValueError, match="most"):
        interleaver(Builds(), most=0)


def test_direction_and_margin_reach_the_verdict():
    """Higher is better turns the word; a wide margin makes the step the same."""
    assert interleaver(Builds(1.05), direction="higher").run().comparison.kind == Kind.FASTER
    assert interleaver(Builds(1.05), margin=0.1).run().comparison.kind == Kind.SAME
