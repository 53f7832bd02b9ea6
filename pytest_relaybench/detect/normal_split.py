"""The Bayes factor for two levels against one, for nights with normal noise: a second opinion on a change."""

from __future__ import annotations

import math

import numpy as np

from .series import Array, median

PRIOR_NIGHTS = 0.1  # a level is expected where the last one was, as firmly as so many nights would say...
PRIOR_SHAPE = 1.0  # ...and its variance near the noise of neighbours, as firmly as twice so many
NOISE_NIGHTS = 60
LEAST_NOISE = 1e-3  # so that rounded and constant values are no certainty


def split_evidence(before: Array, after: Array) -> float:
    """Log Bayes factor, in nats, for a level and a variance each of `before` and `after` against one of both.

    The prior is normal-inverse-gamma: Murphy, Conjugate Bayesian analysis of the Gaussian distribution, 2007, section
    3; as the run-length posterior of Adams and MacKay, Bayesian online changepoint detection, 2007, has it for one
    change. It takes nights for independent, and two modes for two levels.
    """
    centre = median(before)
    noise = max(1.05 * median(np.abs(np.diff(before[-NOISE_NIGHTS:]))), LEAST_NOISE)
    parts = (before, after, np.concatenate([before, after]))
    of_before, of_after, of_both = (_log_marginal((part - centre) / noise) for part in parts)
    return of_before + of_after - of_both


def _log_marginal(values: Array) -> float:
    """Log marginal likelihood of values at one level, in units of the noise."""
    nights, mean = values.size, float(values.mean())
    shape = PRIOR_SHAPE + nights / 2
    squares = float(((values - mean) ** 2).sum())
    scale = 1 + (squares + PRIOR_NIGHTS * nights / (PRIOR_NIGHTS + nights) * mean**2) / 2
    spread = 0.5 * math.log(PRIOR_NIGHTS / (PRIOR_NIGHTS + nights))
    log_2_pi = nights / 2 * math.log(2 * math.pi)
    return math.lgamma(shape) - math.lgamma(PRIOR_SHAPE) - shape * math.log(scale) + spread - log_2_pi
