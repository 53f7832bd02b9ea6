"""The correction over a whole night."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from pytest_relaybench.detect.false_discovery import corrected

shares = st.floats(0, 1)


@given(st.lists(shares, min_size=1, max_size=40))
def test_as_scipy_has_it(p):
    """The same numbers as SciPy's control by Benjamini and Hochberg, ties and zeros included."""
    assert corrected(p) == pytest.approx(false_discovery_control(p, method="bh"), abs=1e-12)


@given(st.lists(shares, min_size=1, max_size=12), st.sampled_from([0.01, 0.05, 0.2]))
def test_as_the_e_values_rule(p, rate):
    """e-BH as Wang and Ramdas have it: of K e-values the k largest, for the most k whose k-th is >= K/(k rate)."""
    e = np.sort(1 / np.maximum(p, 1e-300))[::-1]
    rejected = max((k for k in range(1, e.size + 1) if k * e[k - 1] >= e.size / rate * (1 - 1e-12)), default=0)
    assert (corrected(p) <= rate * (1 + 1e-9)).sum() == rejected


@given(st.lists(shares | st.just(math.nan), max_size=30))
def test_unknown_values_do_not_count(p):
    """NaN stays where it is, and the others are corrected as if it were not there."""
    rates = corrected(p)
    known = ~np.isnan(np.array(p, dtype=float))
    assert (np.isnan(rates) == ~known).all()
    assert rates[known].tolist() == corrected(np.array(p, dtype=float)[known]).tolist()
    assert (rates[known] >= np.array(p, dtype=float)[known]).all()


def test_a_lone_series_needs_no_correction():
    """One series is judged as it is; among a thousand quiet ones it must speak a thousand times louder."""
    assert corrected([0.001]).tolist() == [0.001]
    assert corrected([1e-6, *[1.0] * 999])[0] == pytest.approx(1e-3)


def test_few_of_the_calls_are_false():
    """Nights of 200 series of which 20 change, half of the noise shared by all: at 0.1, at most a tenth false."""
    random = np.random.default_rng(0)
    shift, shares_false, found = 3.0, [], []
    for _ in range(400):
        noise = (random.standard_normal() + random.standard_normal(200)) / math.sqrt(2)
        evidence = shift * (noise + shift * (np.arange(200) < 20)) - shift**2 / 2
        told = corrected(np.exp(-np.maximum(evidence, 0))) <= 0.1
        shares_false.append(told[20:].sum() / max(1, told.sum()))
        found.append(told[:20].mean())
    assert np.mean(shares_false) <= 0.1
    assert np.mean(found) > 0.2


@pytest.mark.parametrize("p", [[-0.1], [1.1], [[0.5]], 0.5])
def test_other_numbers_are_refused(p):
    """Values outside 0 and 1, tables and single numbers are ValueErrors."""
    with pytest.raises(ValueError, match="p: a flat list"):
        corrected(p)
