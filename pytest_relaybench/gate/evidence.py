"""What is known of one series: its value now, what it is held against, and how sure the difference is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..detect import Kind
from ..detect.student import student_tail
from ..history.records import Direction

Source = Literal["side by side", "baseline", "history"]
SOURCES: tuple[Source, ...] = ("side by side", "baseline", "history")


class Series(NamedTuple):
    """What tells a series from every other, as `history.table.SERIES_COLUMNS`."""

    experiment: str
    test: str
    params: str  # canonical JSON
    metric: str
    variant: str
    machine: str


@dataclass(frozen=True)
class Spread:
    """How far the log of the ratio may be off by chance: its standard error and that one's degrees of freedom."""

    error: float
    df: float

    def chance(self, distance: float) -> float:
        """P that chance alone moves the log of a ratio as far as `distance` or farther up."""
        if self.error <= 0:
            return 0.0 if distance > 0 else 1.0
        return student_tail(distance / self.error, self.df)


@dataclass(frozen=True)
class Evidence:
    """One series now, against a base; values in `unit`, NaN where there is none.

    `ratio` is now over base and `low` to `high` its interval. With a `spread` the policy corrects for how many series
    are looked at; without, `p` is corrected already, or NaN. `usual_percent` is the tolerance where no config names
    one; None: `kind` says it.
    """

    series: Series
    unit: str
    direction: Direction
    source: Source
    against: str
    kind: Kind
    now: float
    base: float = math.nan
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    spread: Spread | None = None
    usual_percent: float | None = None
    reason: str = ""
    since: str | None = None
    is_compared: bool = True  # false: there is nothing that it could be held against

    @property
    def worse(self) -> float:
        """The ratio turned so that above 1 is worse."""
        return 1 / self.ratio if self.direction == "higher" else self.ratio

    @property
    def worse_interval(self) -> tuple[float, float]:
        """Its interval; the ratio twice where none is known."""
        if math.isnan(self.low) or math.isnan(self.high):
            return self.worse, self.worse
        return (1 / self.high, 1 / self.low) if self.direction == "higher" else (self.low, self.high)

    @property
    def worse_by(self) -> float:
        """How much worse it is, in its unit; below 0 it is better."""
        return self.base - self.now if self.direction == "higher" else self.now - self.base


@dataclass(frozen=True)
class Judged:
    """A series with its verdict at the gate, and the rule that gave it."""

    evidence: Evidence
    verdict: Kind
    why: str = ""
    chance: float = math.nan  # P that an unchanged series looks like this; NaN where no spread is known
