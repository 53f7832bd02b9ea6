"""The verdict on two builds that were measured side by side, several fresh processes each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .bootstrap import bootstrap_ratio, ratio_of
from .latest import UNKNOWN, WORSE_SIGN, Direction
from .series import Array
from .verdicts import Kind

FEWEST = 5  # processes a side; below, the interval is far narrower than the truth
SAME_MARGINS = 2  # an interval within this many margins of 1 is `same`
ERROR_SHARES = 5  # into which the error of one look is divided where there may be several


@dataclass(frozen=True)
class Comparison:
    """How a candidate stands to a base.

    `ratio` is the geometric mean of the candidate's process medians over that of the base's, `ci` its interval by the
    hierarchical bootstrap at `confidence`. Both are NaN where a sample is not positive; `ci` also with one process on
    a side, which says nothing of how processes differ.
    """

    kind: Kind  # faster, slower, same or unsure
    ratio: float
    ci: tuple[float, float]
    n_base: int  # processes
    n_candidate: int
    margin: float
    confidence: float

    @property
    def is_clear(self) -> bool:
        """Whether more processes would only confirm it; also for a changed metric that is neither good nor bad."""
        return self._has_enough and (self._sign != 0 or self._is_same)

    @property
    def _has_enough(self) -> bool:
        return min(self.n_base, self.n_candidate) >= FEWEST

    @property
    def _sign(self) -> int:
        low, high = self.ci
        return int(low > 1 + self.margin) - int(high < 1 - self.margin)

    @property
    def _is_same(self) -> bool:
        low, high = self.ci
        reach = SAME_MARGINS * self.margin
        return 1 - reach <= low and high <= 1 + reach


def compare_processes(  # noqa: PLR0913 - what is compared, and five settings that have a default
    base: Sequence[ArrayLike],
    candidate: Sequence[ArrayLike],
    *,
    direction: Direction = "lower",
    margin: float = 0.01,
    confidence: float = 0.95,
    seed: int = 0,
    quantile: float = 0.5,
) -> Comparison:
    """Compare two builds by the rounds of several fresh processes of each, one inner sequence a process.

    The process is the replicate. `slower` or `faster` when the interval of the ratio lies beyond 1 ± `margin`, said of
    worse and better by `direction` (a `neutral` metric's change is `unsure`); `same` when it lies within twice the
    margin; else `unsure`, as always with fewer than 5 processes a side. `quantile` is what stands for a process: 0.5
    its median, 0 its minimum. The same input and seed give the same answer. Rule and error rates:
    docs/side-by-side.md.

    Raises ValueError for a side without processes, a process without samples or with one that is not finite, and a
    setting out of range.
    """
    _check_settings(direction, margin, confidence, quantile)
    ours, theirs = _processes(base, "base"), _processes(candidate, "candidate")
    ratio, ci = math.nan, UNKNOWN
    if all(rounds.min() > 0 for rounds in (*ours, *theirs)):
        ratio = ratio_of(ours, theirs, quantile)
        if min(len(ours), len(theirs)) > 1:
            ci = bootstrap_ratio(ours, theirs, confidence, seed, quantile)
    draft = Comparison(Kind.UNSURE, ratio, ci, len(ours), len(theirs), margin, confidence)
    return replace(draft, kind=_kind(draft, direction))


def looks(most: int) -> tuple[int, ...]:
    """The numbers of processes a side at which a comparison of at most `most` is looked at: 5, 10, 20 ... and `most`.

    Every further look is a further chance of a false verdict, so there are few.
    """
    doubling = [FEWEST * 2**step for step in range(max(0, most).bit_length()) if FEWEST * 2**step < most]
    return (*doubling, most)


def look_confidence(confidence: float, most: int) -> float:
    """The confidence to ask for at each look, so that all of them together err no more often than one at `confidence`.

    A single look asks for just that. Of several, each may err a fifth as often, as measured on unchanged programs.
    """
    return confidence if len(looks(most)) == 1 else 1 - (1 - confidence) / ERROR_SHARES


def needs_more(comparison: Comparison, *, spent_s: float, budget_s: float, most: int) -> bool:
    """Whether to measure on: the verdict is not clear, could become so, and neither seconds nor processes are spent."""
    done = min(comparison.n_base, comparison.n_candidate)
    has_meaning = not math.isnan(comparison.ratio)
    return has_meaning and not comparison.is_clear and spent_s < budget_s and done < most


def _kind(draft: Comparison, direction: Direction) -> Kind:
    if not draft.is_clear:
        return Kind.UNSURE
    worse = WORSE_SIGN[direction] * draft._sign
    if worse:
        return Kind.SLOWER if worse > 0 else Kind.FASTER
    return Kind.SAME if draft._sign == 0 else Kind.UNSURE


def _processes(side: Sequence[ArrayLike], name: str) -> list[Array]:
    if not len(side):
        raise ValueError(f"{name}: at least one process (found none)")
    return [_rounds(samples, f"{name}[{index}]") for index, samples in enumerate(side)]


def _rounds(samples: ArrayLike, name: str) -> Array:
    rounds = np.asarray(samples, dtype=float)
    if rounds.ndim != 1 or not rounds.size:
        raise ValueError(f"{name}: a process has a flat list of at least one sample (found shape {rounds.shape})")
    bad = np.flatnonzero(~np.isfinite(rounds))
    if bad.size:
        raise ValueError(f"{name}[{bad[0]}]: a sample is a finite number (found {rounds[bad[0]]})")
    return rounds


def _check_settings(direction: str, margin: float, confidence: float, quantile: float) -> None:
    if direction not in WORSE_SIGN:
        raise ValueError(f"direction: one of {', '.join(WORSE_SIGN)} (found {direction!r})")
    if not 0 <= margin < 1:
        raise ValueError(f"margin: at least 0 and below 1, as a share of the base (found {margin})")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: between 0 and 1 (found {confidence})")
    if not 0 <= quantile <= 1:
        raise ValueError(f"quantile: from 0 to 1 (found {quantile})")
