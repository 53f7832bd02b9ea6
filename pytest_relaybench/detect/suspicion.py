"""Whether the newest night looks unlike the nights before: not a verdict, a reason to measure again the same night."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .evidence import CAUTION, Candidate, evidence_for
from .latest import WORSE_SIGN, Direction
from .null_density import learn, robust_sd
from .series import Array, median, series_of
from .steps import find_steps

FEWEST_BEFORE = 5  # nights before a suspicious one
MOST = 3  # nights that a suspected change may have lasted: later it is the nightly rule's
LEAST_EFFECT = 0.009  # natural logarithm of the factor, so that a true 1 % is not lost to rounding
ENOUGH = 2.0  # nats of evidence that make a suspect: for one night of normal noise two standard deviations
FOUND = 0.05  # a change for the worse by so much is not to be missed, whatever the noise: where it hides one...
FAINT_NOISE = 0.01  # ...as above this standard deviation, a night makes a faint suspect...
FAINT_BELOW = 2.0  # ...when it is no more standard deviations than this below such a change...
FAINT_LEAST = 0.3  # ...and so many for the worse
FAINT_NIGHTS, FAINT_BEFORE = 2, 15  # that a faint change may have lasted, and nights that tell of the noise
FEW_NIGHTS = 8.0  # nats on top, divided by the nights before: a spread that few nights tell of may be far too small
LEVEL_NIGHTS = 30  # whose median is the recent level
KNOWN_NIGHTS, KNOWN_WITHIN = 3, 60  # a level with so many of the newest nights is one of the series' modes...
MODE_DISTANCE = 3.0  # ...where it is further from the recent level than so many standard deviations...
ALIKE = 0.1  # ...and they are as near to it as this share of the difference
LOOKED_AT = 150  # newest nights that anything is learned from


@dataclass(frozen=True)
class Suspicion:
    """Tonight's level over the recent one (`ratio`), and how strongly the newest nights speak for a new level.

    `score` is in nats. `level` is the recent level in the series' unit, and `since` the index of the first suspicious
    night. `is_worse` says whether the change would be for the worse; for a `neutral` metric any change would.
    """

    ratio: float
    score: float
    level: float
    since: int
    is_worse: bool

    @property
    def weight(self) -> float:
        """What to look into first, largest first: strong suspicions of large changes."""
        return self.score * abs(math.log(self.ratio))

    @property
    def is_faint(self) -> bool:
        """Whether it is one only because the series' noise would hide a change: nothing to tell anybody of."""
        return self.score < ENOUGH


def suspect(
    values: ArrayLike,
    direction: Direction = "lower",
    *,
    changes: Sequence[tuple[int, float]] = (),
    settled: int = 0,
) -> Suspicion | None:
    """Why the newest night deserves a second measurement, None when it does not.

    `values` are one a night, oldest first, NaN where a night has none. `changes` are changes of level that are known,
    as (index of the first night, ratio): earlier nights are moved to the new level. Nights before `settled` have been
    looked into and are not suspected again. At least 5 nights must have a value before a suspicious one.

    The evidence for a new level since one, two or three nights is the likelihood ratio of docs/statistics.md: nights
    unlike any before count much, and ones as the series has shown lately, in its second mode, count nothing. Where
    noise would hide a change of 5 % for the worse, it takes little to be suspected, faintly. How often unchanged
    series are suspected, and changed ones are not, is in docs/confirm.md. A series with a value that is not positive
    is never suspected: builds are compared by ratios.

    Raises MeasurementError for an infinite value, ValueError for an unknown direction or values of another shape.
    """
    if direction not in WORSE_SIGN:
        raise ValueError(f"direction: one of {', '.join(WORSE_SIGN)} (found {direction!r})")
    series = series_of(values)
    if not series.size or math.isnan(series[-1]):
        return None
    nights = np.flatnonzero(~np.isnan(series))[-LOOKED_AT:]
    known = series[nights]
    if known.min() <= 0:
        return None
    levels = np.log(known)
    for index, ratio in changes:
        levels[nights < index] += math.log(ratio)
    first = max(FEWEST_BEFORE, int(np.searchsorted(nights, settled)))
    sign = WORSE_SIGN[direction]
    # most nights are passed over before the changes of the past are looked for, which takes longer
    found = _strongest(levels, first, sign) and _strongest(_on_one_level(levels), first, sign)
    if not found:
        return None
    level = math.exp(median(levels[found.start :]) - found.difference)
    is_worse = sign == 0 or sign * found.difference > 0
    return Suspicion(math.exp(found.difference), found.evidence, level, int(nights[found.start]), is_worse)


def _on_one_level(levels: Array) -> Array:
    """The nights before each change that the nightly rule knows, moved to the level after it."""
    moved = levels.copy()
    for step in find_steps(levels):
        moved[: step.start] += step.difference
    return moved


def _strongest(levels: Array, first: int, worse_sign: int) -> Candidate | None:
    """The new level, begun at night `first` or later, that the newest nights speak for most; None without enough."""
    found = None
    for start in range(levels.size - 1, max(first, levels.size - MOST) - 1, -1):
        difference = median(levels[start:]) - median(levels[max(0, start - LEVEL_NIGHTS) : start])
        if abs(difference) < LEAST_EFFECT:
            continue
        density = learn(levels, levels, 0, start)
        spread = spread_of(density.nights)
        if _is_mode(levels, start, difference, spread):
            continue
        evidence = CAUTION * evidence_for(density, levels, start, difference)
        if evidence < ENOUGH + FEW_NIGHTS / start:
            evidence = _faint(levels.size - start, start, difference * (worse_sign or 1), spread)
        if evidence > (found.evidence if found else 0):
            found = Candidate(start, difference, evidence)
    return found


def _faint(nights: int, before: int, worse: float, spread: float) -> float:
    """The evidence, below what else is asked for, of a change that normal noise would hide; 0 for none."""
    if spread <= FAINT_NOISE or nights > FAINT_NIGHTS or before < FAINT_BEFORE:
        return 0.0
    deviation = spread / math.sqrt(nights)
    needed = max(FAINT_LEAST, FOUND / deviation - FAINT_BELOW)
    return min((worse / deviation) ** 2 / 2, 0.99 * ENOUGH) if worse / deviation >= needed else 0.0


def _is_mode(levels: Array, start: int, difference: float, spread: float) -> bool:
    """Whether the series has been at the new level time and again lately, apart from where it mostly is."""
    lately = levels[max(0, start - KNOWN_WITHIN) : start]
    alike = np.abs(lately - median(levels[start:])) <= max(ALIKE * abs(difference), spread)
    return abs(difference) > MODE_DISTANCE * spread and int(alike.sum()) >= KNOWN_NIGHTS


def spread_of(values: Array) -> float:
    """The standard deviation of a normal sample with this median absolute deviation from its median."""
    return robust_sd(values - median(values))
