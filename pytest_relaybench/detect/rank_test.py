"""The Mann-Whitney test of two samples, and the interval that belongs to it."""

from __future__ import annotations

import math

import numpy as np

from .series import Array

NORMAL_975 = 1.959964  # 97.5 % quantile of the standard normal distribution


def rank_test(one: Array, other: Array) -> float:
    """Two-sided p-value of the hypothesis that neither of two finite samples tends to larger values.

    By the normal approximation with corrections for ties and continuity, at every size: for small samples it asks for
    more than the exact distribution does, which nights that are not independent deserve. 1 when all values are equal,
    else as `scipy.stats.mannwhitneyu(method="asymptotic")`. Source: Mann and Whitney, Annals of Mathematical
    Statistics 18, 1947.
    """
    m, n, total = one.size, other.size, one.size + other.size
    u = float((one[:, None] > other).sum() + 0.5 * (one[:, None] == other).sum())
    ties = np.unique(np.concatenate([one, other]), return_counts=True)[1].astype(float)
    variance = m * n / 12 * (total + 1 - float((ties**3 - ties).sum()) / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    z = (abs(u - m * n / 2) - 0.5) / math.sqrt(variance)
    return min(1.0, math.erfc(z / math.sqrt(2)))


def ratio_interval(new: Array, reference: Array) -> tuple[float, float]:
    """95 % interval for the factor between two samples of positive values; NaN when they are too few, or not positive.

    Order statistics of all pairwise ratios, cut off where the test above, by its approximation without ties, would
    reject the factor: the interval of Moses, on the logarithms. Source: Hollander, Wolfe and Chicken, Nonparametric
    Statistical Methods, section 4.3. It takes nights for independent, so it is too narrow where they drift together.
    """
    pairs = new.size * reference.size
    spread = math.sqrt(pairs * (new.size + reference.size + 1) / 12)
    rank = math.floor(pairs / 2 - NORMAL_975 * spread)
    if rank < 1 or min(new.min(), reference.min()) <= 0:
        return math.nan, math.nan
    ratios = np.sort((new[:, None] / reference).ravel())
    return float(ratios[rank - 1]), float(ratios[-rank])
