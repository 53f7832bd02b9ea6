"""What detection says of a series: a verdict on its newest night, and the nights at which its level changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The seven verdicts; the value is the word that people read."""

    SLOWER = "slower"  # changed for the worse: up where lower is better, down where higher is better
    FASTER = "faster"  # changed for the better
    SAME = "same"  # enough history, and the rule sees no change in it
    UNSURE = "unsure"  # too little history, or a change of a metric that is neither good nor bad
    MACHINE = "machine"  # the machine changed, not the code; said where a night's series are judged together
    MISSING = "missing"  # nothing was measured on the newest night
    BROKEN = "broken"  # the test failed; said by who knows its outcome


@dataclass(frozen=True)
class Verdict:
    """What the newest night of a series says.

    `ratio` is the level of the newest nights over the level before, `ci` its 95 % interval; both are NaN where they
    mean nothing (no history, levels that are not positive). `since` is the index of the night at which the change
    began and `seen` of the one that saw it, None when there is none. `p` is exp(-evidence) of the change, 1 without
    one, and NaN where there was too little history to tell, or no statistics.
    """

    kind: Kind
    ratio: float
    ci: tuple[float, float]
    since: int | None
    p: float = math.nan
    seen: int | None = None


@dataclass(frozen=True)
class ChangePoint:
    """A night at which the level changed: its index, level after over level before, and the p-value of the test."""

    index: int
    ratio: float
    p: float
