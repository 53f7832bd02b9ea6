"""The hierarchical bootstrap, against drawing rounds one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from pytest_relaybench.detect.bootstrap import bootstrap_ratio, ratio_of, redrawn_quantiles


def side(random, processes=5, *, rounds=40, between=0.01, within=0.02, level=1.0):
    """Processes whose rounds agree with each other more than with the next process's."""
    return [level * np.exp(random.normal(0, between) + random.normal(0, within, rounds)) for _ in range(processes)]


@pytest.mark.parametrize("quantile", [0.0, 0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_redrawn_quantiles_are_those_of_redrawn_rounds(size, quantile):
    """The short cut by order statistics has the distribution of `np.quantile` of rounds that are really redrawn."""
    random = np.random.default_rng(0)
    rounds = random.lognormal(0, 0.1, size)
    redrawn = np.quantile(random.choice(rounds, (size, 4000)), quantile, axis=0)
    shortcut = redrawn_quantiles([rounds], np.zeros(4000, dtype=int), quantile, random)
    assert ks_2samp(redrawn, shortcut).pvalue > 0.01


def test_processes_of_different_lengths_keep_to_themselves():
    """What is redrawn of a process lies within that process's own rounds."""
    processes = [np.arange(1.0, 4.0), np.arange(10.0, 20.0), np.array([100.0])]
    drawn = np.array([[0, 1, 2]] * 500)
    redrawn = redrawn_quantiles(processes, drawn, 0.5, np.random.default_rng(0))
    assert (redrawn.min(axis=0) >= [1, 10, 100]).all()
    assert (redrawn.max(axis=0) <= [3, 19, 100]).all()


def test_ratio_is_the_geometric_mean_of_process_medians():
    """By hand: medians 2 and 8 have the level 4, medians 1 and 4 the level 2."""
    base = [np.array([1.0, 1.0, 9.0]), np.array([4.0, 4.0])]
    candidate = [np.array([1.0, 2.0, 3.0]), np.array([8.0])]
    assert ratio_of(base, candidate) == pytest.approx(2.0)
    assert ratio_of(base, candidate, quantile=0.0) == pytest.approx(8**0.5 / 2)


def test_interval_covers_the_true_ratio():
    """Of 400 intervals at 95 % with 20 processes a side, 92 to 97 % hold the true ratio; with five it is too narrow."""
    random = np.random.default_rng(1)
    covered = {}
    for processes in (5, 20):
        hits = 0
        for _ in range(400):
            base, candidate = side(random, processes), side(random, processes, level=1.05)
            low, high = bootstrap_ratio(base, candidate, 0.95, 0)
            hits += low <= 1.05 <= high
        covered[processes] = hits / 400
    assert 0.92 <= covered[20] <= 0.97
    assert 0.86 <= covered[5] < covered[20]


def test_interval_is_that_of_redrawn_processes_and_rounds():
    """Against the plain two-level loop: both ends agree within the noise of 2000 resamples."""
    random = np.random.default_rng(2)
    base, candidate = side(random), side(random, level=1.03)
    plain = []
    for _ in range(2000):
        levels = [
            np.mean([np.log(np.median(random.choice(one[i], one[i].size))) for i in random.integers(5, size=5)])
            for one in (base, candidate)
        ]
        plain.append(np.exp(levels[1] - levels[0]))
    assert bootstrap_ratio(base, candidate, 0.95, 0) == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.002)


def test_scaling_one_side_scales_the_interval():
    """The interval of a candidate 5 % slower is the interval times 1.05."""
    random = np.random.default_rng(3)
    base, candidate = side(random), side(random)
    low, high = bootstrap_ratio(base, candidate, 0.95, 0)
    slower = [1.05 * rounds for rounds in candidate]
    assert bootstrap_ratio(base, slower, 0.95, 0) == pytest.approx((1.05 * low, 1.05 * high))
