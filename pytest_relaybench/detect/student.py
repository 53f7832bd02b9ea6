"""Student's distribution, for means of a few processes or nights; SciPy is no dependency for two numbers."""

from __future__ import annotations

import math

TINY = 1e-300  # in place of a zero divisor
CLOSE_ENOUGH = 1e-14
MOST_STEPS = 10_000
WIDEST = 1e9  # quantiles are looked for up to here


def student_tail(t: float, df: float) -> float:
    """P(T > t) of Student's distribution with `df` > 0 degrees of freedom; `t` may be infinite.

    By the regularised incomplete beta function: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.27 and
    26.7.1.
    """
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    half = _regularised_beta(df / (df + t * t), df / 2, 0.5) / 2
    return half if t >= 0 else 1 - half


def student_quantile(tail: float, df: float) -> float:
    """The t with P(T > t) = `tail`, for a tail above 0 and at most one half; found by bisection."""
    low, high = 0.0, 1.0
    while student_tail(high, df) > tail and high < WIDEST:
        high *= 2
    while high - low > CLOSE_ENOUGH * max(1.0, high):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if student_tail(middle, df) > tail else (low, middle)
    return high


def _regularised_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b) for x from 0 to 1."""
    if x in (0.0, 1.0):
        return x
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _beta_fraction(x, a, b) / a
    return 1 - math.exp(log_front) * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction 26.5.8 there, by Lentz's method (Thompson and Barnett, J. Comp. Phys. 64, 1986)."""
    above, below = 1.0, _no_zero(1 - (a + b) * x / (a + 1))
    below = 1 / below
    value = below
    for m in range(1, MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            below = 1 / _no_zero(1 + step * below)
            above = _no_zero(1 + step / above)
            value *= below * above
        if abs(below * above - 1) < CLOSE_ENOUGH:
            break
    return value


def _no_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
