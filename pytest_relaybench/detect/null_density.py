"""What a series' nights look like while nothing happens, as a density that learns from the nights before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .series import Array, median

WINDOW = 120  # nights that it learns from, at most
HALF_LIFE = 60.0  # nights after which a night counts half
BANDWIDTH = 0.5  # of the noise's scale, for 60 nights
FINEST = 1e-3  # no bandwidth is below this, so that rounded and constant values are no certainty
OUTLIERS = 0.01  # the share of nights that are bad for no reason...
OUTLIER_RANGE = 0.3  # ...and how far they spread
PRIOR_NEIGHBOURS = 3.0  # with so many like nights, what follows one is known half
MEMORY = 90  # nights before the newest change that are remembered as they were...
MEMORY_SHARE = 0.3  # ...and how likely a return to them is
DWELL = 20  # nights at one level after which the memory of the one before fades...
FORGOTTEN = 8.0  # ...by half in so many more
INDEPENDENCE_LAGS = 10
CORRELATION_NIGHTS = 60


@dataclass(frozen=True)
class NullDensity:
    """Density of a night's value given the night before, learned from `nights`, each with its `previous` one.

    Half marginal, half conditional on the night before where that has been near some of `previous`: series that drift
    or stay in one of several modes for days are expected to go on doing so. A broad component stands for bad nights.
    A kernel estimate with Student's t of four degrees, after Silverman, Density Estimation (1986), sections 2.4, 5.3.
    """

    nights: Array
    previous: Array
    weights: Array
    bandwidth: float
    neighbourhood: float
    remembered: Array  # values of before the newest change, which a flapping series goes back to
    memory_share: float
    correlation: float  # how many nights say what one independent night would

    def of(self, values: Array, before: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Density at each of `values`, whose nights before had `before`; and which of them are unlike any night."""
        learned = self._learned(values, before)
        if self.memory_share > 0:
            remembered = _kernel((values[:, None] - self.remembered) / self.bandwidth).mean(axis=1) / self.bandwidth
            learned = (1 - self.memory_share) * learned + self.memory_share * remembered
        return _with_outliers(learned), (1 - OUTLIERS) * learned < OUTLIERS / OUTLIER_RANGE

    def shifted(self, values: Array, before: Array) -> Array:
        """Density at each of `values` of a level that is new, so that nothing of it is remembered."""
        return _with_outliers(self._learned(values, before))

    def _learned(self, values: Array, before: Array) -> Array:
        kernels = _kernel((values[:, None] - self.nights) / self.bandwidth) / self.bandwidth
        marginal = kernels @ self.weights / self.weights.sum()
        near = self.weights / (1 + ((before[:, None] - self.previous) / self.neighbourhood) ** 2) ** 2
        neighbours = near.sum(axis=1)
        conditional = (near * kernels).sum(axis=1) / np.maximum(neighbours, 1e-12)
        known = neighbours / (neighbours + PRIOR_NEIGHBOURS)
        learned: Array = known * conditional + (1 - known) * marginal
        return learned


def learn(levels: Array, values: Array, start: int, end: int) -> NullDensity:
    """The density after the nights before `end`.

    `levels` are all nights moved to today's level, `values` as they were; today's level began at night `start`.
    """
    first = max(1, end - WINDOW)
    nights, previous = levels[first:end], levels[first - 1 : end - 1]
    centre = median(nights)
    spread = robust_sd(nights - centre)
    steps = robust_sd(nights - previous) / np.sqrt(2)
    scale = min(max(spread, 1e-6), max(steps, 0.3 * spread))
    return NullDensity(
        nights,
        previous,
        0.5 ** (np.arange(nights.size)[::-1] / HALF_LIFE),
        max(BANDWIDTH * scale * (60 / nights.size) ** 0.2, FINEST),
        max(scale, 2 * FINEST),
        values[max(0, start - MEMORY) : start],
        _memory_share(start, end),
        _correlation(nights[-CORRELATION_NIGHTS:], spread),
    )


def _kernel(distance: Array) -> Array:
    """Student's t density with four degrees of freedom."""
    return 0.375 * (1 + distance * distance / 4) ** -2.5


def _with_outliers(density: Array) -> Array:
    return (1 - OUTLIERS) * density + OUTLIERS / OUTLIER_RANGE


def robust_sd(deviations: Array) -> float:
    """The standard deviation of a normal sample with this median absolute deviation."""
    return 1.4826 * median(np.abs(deviations))


def _memory_share(start: int, end: int) -> float:
    if start <= 5:
        return 0.0
    dwelt = end - start
    share = MEMORY_SHARE * 0.5 ** max(0.0, (dwelt - DWELL) / FORGOTTEN)
    return share if share > 1e-3 else 0.0


def _correlation(nights: Array, spread: float) -> float:
    """How much nights repeat each other: the sum of the autocorrelations of clipped values, with Bartlett's weights."""
    scores = np.minimum(np.maximum((nights - median(nights)) / (spread + 1e-12), -3), 3)
    scores -= scores.sum() / scores.size
    variance = float(scores @ scores)
    factor = 1.0
    for lag in range(1, INDEPENDENCE_LAGS + 1):
        share = float(scores[:-lag] @ scores[lag:]) / variance if variance > 0 and scores.size > lag else 0.0
        if share <= 0.05:
            break
        factor += 2 * share * (1 - lag / (INDEPENDENCE_LAGS + 1))
    return factor
