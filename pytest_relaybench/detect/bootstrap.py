"""The hierarchical bootstrap: processes are drawn with replacement, then the rounds within each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .series import Array

RESAMPLES = 2000


def ratio_of(base: Sequence[Array], candidate: Sequence[Array], quantile: float = 0.5) -> float:
    """Geometric mean of the candidate's process medians over that of the base's; samples are positive.

    `quantile` other than 0.5 takes that quantile of each process's rounds instead of their median.
    """
    return float(np.exp(_log_level(candidate, quantile) - _log_level(base, quantile)))


def bootstrap_ratio(
    base: Sequence[Array], candidate: Sequence[Array], confidence: float, seed: int, quantile: float = 0.5
) -> tuple[float, float]:
    """Percentile interval of `ratio_of` when both sides' processes, and the rounds in each, are drawn anew.

    Each inner array holds the positive samples of one process; lengths may differ. Sources: Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993, chapters 8 and 13; Saravanan, Berman and Sober, Neurons, Behavior, Data
    Analysis and Theory 3 (5), 2020, for both levels. With few processes it is too narrow: docs/side-by-side.md.
    """
    random = np.random.default_rng(seed)
    below, above = (_log_levels(side, quantile, random) for side in (base, candidate))
    tail = (1 - confidence) / 2
    low, high = np.exp(np.quantile(above - below, [tail, 1 - tail]))
    return float(low), float(high)


def _log_level(processes: Sequence[Array], quantile: float) -> float:
    return float(np.mean([np.log(np.quantile(rounds, quantile)) for rounds in processes]))


def _log_levels(processes: Sequence[Array], quantile: float, random: np.random.Generator) -> Array:
    """The log level of RESAMPLES redrawn sides, shape (RESAMPLES,)."""
    drawn = random.integers(len(processes), size=(RESAMPLES, len(processes)))
    levels: Array = np.log(redrawn_quantiles(processes, drawn, quantile, random)).mean(axis=1)
    return levels


def redrawn_quantiles(
    processes: Sequence[Array], drawn: np.ndarray, quantile: float, random: np.random.Generator
) -> Array:
    """For each index in `drawn`, the quantile of that process's rounds after drawing them anew; the shape of `drawn`.

    The rounds are not drawn: the k-th smallest of m uniform numbers is Beta(k, m - k + 1), and given it the next one is
    the smallest of m - k above it, so that two random numbers tell which of the sorted rounds a redrawn sample has
    there (David and Nagaraja, Order Statistics, section 2.5). Distributed as `np.quantile` of m redrawn rounds.
    """
    sizes = np.array([rounds.size for rounds in processes])
    values = np.concatenate([np.sort(rounds) for rounds in processes])
    size, first = sizes[drawn], (np.cumsum(sizes) - sizes)[drawn]
    place = quantile * (size - 1)
    k = np.floor(place).astype(int) + 1
    lower = random.beta(k, size - k + 1)
    higher = 1 - (1 - lower) * random.random(drawn.shape) ** (1 / np.maximum(size - k, 1))
    here, after = (values[first + np.minimum((u * size).astype(int), size - 1)] for u in (lower, higher))
    redrawn: Array = here + (place - (k - 1)) * (after - here)
    return redrawn
