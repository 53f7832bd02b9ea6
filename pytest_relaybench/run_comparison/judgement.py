"""What can be said of one series on two sides: numbers in, verdict out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from ..detect import Kind
from ..detect.latest import WORSE_SIGN
from ..detect.rank_test import ratio_interval
from ..detect.series import Array, median
from ..detect.side_by_side import FEWEST, SAME_MARGINS
from ..detect.student import student_quantile
from ..history.records import Direction
from .spread import FEWEST_NIGHTS, Spread, pooled

Way = Literal["", "deterministic", "ranks", "history"]

MARGIN = 0.01  # a smaller difference is never a verdict
CONFIDENCE = {"ranks": 0.95, "history": 0.99}
UNKNOWN = (math.nan, math.nan)


@dataclass(frozen=True)
class Judgement:
    """`ratio` of the candidate to the base, its interval, and how it was found.

    NaN where they mean nothing. `changed` also says of a metric that is neither good nor bad that it differs; `reason`
    is one line on why nothing can be told, or what else is to be known.
    """

    kind: Kind
    ratio: float
    ci: tuple[float, float]
    way: Way = ""
    changed: bool = False
    reason: str = ""


NOTHING = Judgement(Kind.UNSURE, math.nan, UNKNOWN)
NEITHER = "it changed, and neither way is better"


@dataclass(frozen=True)
class Level:
    """One side: a value a run, of how many runs they speak, and how far runs scatter where that is known.

    `runs` is more than there are values where a value is the median of several runs already.
    """

    values: Array
    runs: int
    spread: Spread | None = None


def judge(base: Level, candidate: Level, direction: Direction, margin: float = MARGIN) -> Judgement:
    """Judge two sides whose values may scatter.

    With five values a side or more: the ratio of their medians with its interval by ranks. Else, where the run-to-run
    spread of a side is known: an interval after Welch (Biometrika 34, 1947) on the scale of logarithms, with the spread
    of many runs in place of these few; a side without one has the other's. Else nothing is sure. The verdict is
    `slower` or `faster` when the interval lies beyond 1 ± `margin`, and `same` when it lies within twice the margin.
    Error rates: docs/comparing-runs.md.
    """
    before, after = median(base.values), median(candidate.values)
    if min(base.values.min(), candidate.values.min()) <= 0:
        return replace(NOTHING, reason="values that are not positive have no ratio")
    if min(base.values.size, candidate.values.size) >= FEWEST:
        low, high = ratio_interval(candidate.values, base.values)
        # two estimates of one factor, the ratio of medians and the middle of all ratios: the interval holds both
        interval = min(low, after / before), max(high, after / before)
        return _verdict(after / before, interval, "ranks", direction, margin)
    spreads = pooled([base.spread, candidate.spread])
    if spreads is None:
        return Judgement(Kind.UNSURE, after / before, UNKNOWN, reason=_too_few(base.runs, candidate.runs))
    interval = _welch(after / before, (base.runs, candidate.runs), spreads)
    return _verdict(after / before, interval, "history", direction, margin)


def judge_deterministic(base: Array, candidate: Array, direction: Direction) -> Judgement:
    """Of values that the same build always gives: any difference is one."""
    before, after = median(base), median(candidate)
    ratio = after / before if min(before, after) > 0 else math.nan
    worse = WORSE_SIGN[direction] * (after - before)
    sure = (ratio, ratio)
    if after == before:
        return Judgement(Kind.SAME, 1.0, (1.0, 1.0), "deterministic")
    if worse == 0:
        return Judgement(Kind.UNSURE, ratio, sure, "deterministic", changed=True, reason=NEITHER)
    return Judgement(Kind.SLOWER if worse > 0 else Kind.FASTER, ratio, sure, "deterministic", changed=True)


def _too_few(ours: int, theirs: int) -> str:
    runs = "one run a side" if ours == theirs == 1 else f"{ours} and {theirs} runs"
    return f"{runs}, and fewer than {FEWEST_NIGHTS} nights that would tell how far runs scatter"


def _welch(ratio: float, runs: tuple[int, int], spreads: Sequence[Spread]) -> tuple[float, float]:
    parts = [spread.sd**2 * _share(count) for spread, count in zip(spreads, runs, strict=True)]
    reach = 0.0
    if sum(parts):
        # Welch and Satterthwaite
        df = sum(parts) ** 2 / sum(part**2 / (spread.nights - 1) for part, spread in zip(parts, spreads, strict=True))
        reach = _quantile(math.floor(df)) * math.sqrt(sum(parts))
    return ratio * math.exp(-reach), ratio * math.exp(reach)


@lru_cache
def _quantile(df: int) -> float:
    return student_quantile((1 - CONFIDENCE["history"]) / 2, df)


def _share(runs: int) -> float:
    """The variance of the median of so many runs, as a share of one run's; of many that of a normal distribution's."""
    return 1 / runs if runs < 3 else math.pi / 2 / runs


def _verdict(ratio: float, ci: tuple[float, float], way: Way, direction: Direction, margin: float) -> Judgement:
    low, high = ci
    sign = int(low > 1 + margin) - int(high < 1 / (1 + margin))
    if sign:
        worse = WORSE_SIGN[direction] * sign
        kind = Kind.UNSURE if worse == 0 else Kind.SLOWER if worse > 0 else Kind.FASTER
        return Judgement(kind, ratio, ci, way, changed=True, reason="" if worse else NEITHER)
    reach = 1 + SAME_MARGINS * margin
    if 1 / reach <= low and high <= reach:
        return Judgement(Kind.SAME, ratio, ci, way)
    return Judgement(Kind.UNSURE, ratio, ci, way, reason="" if math.isfinite(low) else "no interval")
