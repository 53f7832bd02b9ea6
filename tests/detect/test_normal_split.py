"""The Bayes factor for two levels against one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from pytest_relaybench.detect.normal_split import PRIOR_NIGHTS, PRIOR_SHAPE, split_evidence


def marginal(values):
    """The marginal likelihood by numerical integration over the variance, in units of the noise."""
    together = np.eye(values.size) + 1 / PRIOR_NIGHTS  # of nights whose common level is itself random

    def joint(variance):
        return stats.multivariate_normal.pdf(values, cov=variance * together) * stats.invgamma.pdf(
            variance, PRIOR_SHAPE
        )

    return integrate.quad(joint, 1e-3, 400, limit=400)[0]


def test_it_is_the_ratio_of_the_integrals():
    """The closed form is what integrating over variances gives, whatever the unit and the origin."""
    before, after = np.array([-1.0, 0.0, 1.0, 0.0, -1.0]), np.array([2.0, 3.0])
    noise = 1.05  # the neighbours differ by 1
    one, two, both = (marginal(part / noise) for part in (before, after, np.concatenate([before, after])))
    expected = math.log(one * two / both)
    assert split_evidence(before, after) == pytest.approx(expected, rel=1e-3)
    assert split_evidence(7 + 0.1 * before, 7 + 0.1 * after) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("step", "speaks"), [(0.0, False), (0.01, False), (0.05, True)])
def test_it_speaks_for_what_is_there(step, speaks):
    """Eight nights that are five times the noise away are two levels; the same level, or one a noise away, is one."""
    random = np.random.default_rng(0)
    before, after = 0.01 * random.standard_normal(60), step + 0.01 * random.standard_normal(8)
    assert (split_evidence(before, after) > 10) == speaks


def test_constant_nights_are_no_certainty():
    """Without any noise the answer is finite, and for two levels."""
    assert 10 < split_evidence(np.zeros(40), np.full(6, 0.05)) < 1000
