"""Rules that add up what each night says: cumulative sums, and Bayesian online change point detection."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from ..history import Array
from .detector import Detector

LEARNED, MOST_LEARNED = 20, 60  # nights from which the level and the noise are taken
SLACK, DECISION = 0.5, 8.0  # standard deviations
MAD_TO_DEVIATION = 1.4826
# of a new run's mean and variance, in standardised nights: a mean some ten deviations off is nothing special
PRIOR_STRENGTH, PRIOR_SHAPE, PRIOR_RATE = 0.01, 1.0, 1.0
LONGEST_RUN = 400
YOUNGEST, OLDEST, ALIKE = 3, 14, 5  # nights: of a run that is news, and between the starts of runs that are the same


class Cusum:
    """Two-sided cumulative sums of standardised nights; Page, Biometrika 41, 1954; Montgomery, chapter 9.

    Level and noise are median and MAD of up to 60 nights since the last alarm, learned from 20 on; nights are clipped
    at 4 standard deviations, so that one wild night is no alarm.
    """

    def __init__(self) -> None:
        self._start = 0
        self._up = self._down = 0.0

    def update(self, history: Array) -> bool:
        """Whether either sum passes 8 tonight."""
        past = np.log(history[self._start : -1][-MOST_LEARNED:])
        if past.size < LEARNED:
            return False
        middle = float(np.median(past))
        noise = max(MAD_TO_DEVIATION * float(np.median(np.abs(past - middle))), 1e-4)
        z = min(4.0, max(-4.0, (math.log(history[-1]) - middle) / noise))
        self._up, self._down = max(0.0, self._up + z - SLACK), max(0.0, self._down - z - SLACK)
        if max(self._up, self._down) <= DECISION:
            return False
        self._start, self._up, self._down = len(history) - 1, 0.0, 0.0
        return True


class Bocpd:
    """Adams and MacKay, Bayesian Online Changepoint Detection, 2007: constant hazard, normal-gamma prior.

    An alarm is a night at which the most likely run is 3 to 14 nights long and has not been told. Logarithms of the
    values, on the scale of the first 20 nights.
    """

    def __init__(self, hazard: float) -> None:
        self._hazard = hazard
        self._nights = 0
        self._centre, self._scale = 0.0, 1.0
        self._log_run = np.zeros(1)
        self._mean, self._strength = np.zeros(1), np.full(1, PRIOR_STRENGTH)
        self._shape, self._rate = np.full(1, PRIOR_SHAPE), np.full(1, PRIOR_RATE)
        self._told = 0

    def update(self, history: Array) -> bool:
        """Whether the most likely run is a new one."""
        values = np.log(history)
        if len(values) < LEARNED:
            return False
        if not self._nights:
            self._centre = float(np.median(values))
            noise = MAD_TO_DEVIATION * float(np.median(np.abs(values - self._centre)))
            self._scale = max(noise, 1e-4)
        for value in values[self._nights :]:
            self._night((value - self._centre) / self._scale)
        self._nights = len(values)
        likely = int(self._log_run.argmax())
        start = self._nights - likely
        if not YOUNGEST <= likely <= OLDEST or abs(start - self._told) <= ALIKE:
            return False
        self._told = start
        return True

    def _night(self, value: float) -> None:
        predictive = self._log_predictive(value)
        grown = self._log_run + predictive + math.log1p(-self._hazard)
        new = float(np.logaddexp.reduce(self._log_run + predictive)) + math.log(self._hazard)
        log_run = np.concatenate([[new], grown])[:LONGEST_RUN]
        self._log_run = log_run - np.logaddexp.reduce(log_run)
        self._learn(value)

    def _log_predictive(self, value: float) -> Array:
        """Student's t of each run length."""
        freedom = 2 * self._shape
        spread = self._rate * (self._strength + 1) / (self._shape * self._strength)
        distance = (value - self._mean) ** 2 / (freedom * spread)
        constant = _log_gamma((freedom + 1) / 2) - _log_gamma(freedom / 2) - 0.5 * np.log(freedom * math.pi * spread)
        return np.asarray(constant - (freedom + 1) / 2 * np.log1p(distance))

    def _learn(self, value: float) -> None:
        """Update what each run length knows, and start a new one from the prior."""
        rate = self._rate + self._strength * (value - self._mean) ** 2 / (2 * (self._strength + 1))
        mean = (self._strength * self._mean + value) / (self._strength + 1)
        self._mean = np.concatenate([[0.0], mean])[:LONGEST_RUN]
        self._rate = np.concatenate([[PRIOR_RATE], rate])[:LONGEST_RUN]
        self._strength = np.concatenate([[PRIOR_STRENGTH], self._strength + 1])[:LONGEST_RUN]
        self._shape = np.concatenate([[PRIOR_SHAPE], self._shape + 0.5])[:LONGEST_RUN]


def _log_gamma(values: Array) -> Array:
    """Of half integers, from a table."""
    return np.asarray(_LOG_GAMMA[np.rint(2 * values).astype(int)])


_LOG_GAMMA = np.array([math.inf, *(math.lgamma(twice / 2) for twice in range(1, 2 * LONGEST_RUN + 10))])

BAYES = "Adams and MacKay 2007, written for this yardstick"

DETECTORS = (
    Detector("cusum", "CUSUM k = 0.5, h = 8", "Page 1954, written for this yardstick", Cusum),
    Detector("bocpd-200", "BOCPD, hazard 1/200", BAYES, partial(Bocpd, 1 / 200)),
    Detector("bocpd-rare", "BOCPD, hazard 1e-6", BAYES, partial(Bocpd, 1e-6)),
)
