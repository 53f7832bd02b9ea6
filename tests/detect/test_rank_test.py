"""The Mann-Whitney test and its interval, against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from pytest_relaybench.detect.rank_test import rank_test, ratio_interval

samples = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=40).map(np.array)


@given(samples, samples)
def test_p_value_is_scipys(one, other):
    """With ties and without, at any size, the p-value is that of SciPy's normal approximation; 1 where that is none."""
    expected = mannwhitneyu(one, other, method="asymptotic").pvalue
    assert rank_test(one, other) == pytest.approx(1.0 if math.isnan(expected) else expected)


def test_p_value_of_full_separation():
    """Seven values above thirty others: z = 104.5 / sqrt(7·30·38/12), which is 5.1e-5."""
    assert rank_test(np.arange(30.0, 37.0), np.arange(30.0)) == pytest.approx(5.08e-5, rel=2e-3)


def test_interval_covers_the_true_factor():
    """Of 1000 intervals for a factor of 1.05 between 7 and 30 independent nights, about 95 % hold it."""
    random = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        low, high = ratio_interval(1.05 * random.lognormal(0, 0.02, 7), random.lognormal(0, 0.02, 30))
        hits += low <= 1.05 <= high
    assert 930 <= hits <= 970


@pytest.mark.parametrize(("new", "reference"), [([1.0], [1.0, 2.0]), ([-1.0] * 7, [1.0] * 30), ([1.0] * 7, [0.0] * 30)])
def test_no_interval_where_it_means_nothing(new, reference):
    """Too few values, or values that are not positive, have no interval for their factor."""
    assert all(map(math.isnan, ratio_interval(np.array(new), np.array(reference))))
