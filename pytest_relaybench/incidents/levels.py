"""The level of a series before and since a change, and whether it is back."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..detect.grouping import SLACK
from ..history.table import SERIES_COLUMNS
from .incident import Member, SeriesKey

NIGHTS_BEFORE = 14  # that make the level before a change
NIGHTS_BACK = 3  # of the old level that make a recovery where detection says nothing
LEAST_SPREAD = 0.01  # two levels closer than this are one
NORMAL = 1.4826  # standard deviation over median absolute deviation, of normal noise


@dataclass(frozen=True)
class Nights:
    """The values of one series, oldest first: run ids, values, and the builds that they are of."""

    runs: tuple[str, ...]
    values: tuple[float, ...]
    builds: tuple[str | None, ...]

    def since(self, run_id: str) -> tuple[float, ...]:
        """The values of that run and later ones."""
        return self.values[bisect_left(self.runs, run_id) :]

    def before(self, run_id: str) -> tuple[float, ...]:
        """The newest 14 values of runs before that one."""
        return self.values[: bisect_left(self.runs, run_id)][-NIGHTS_BEFORE:]

    def until(self, run_id: str) -> Nights:
        """The nights up to that run."""
        end = bisect_right(self.runs, run_id)
        return self if end == len(self.runs) else Nights(self.runs[:end], self.values[:end], self.builds[:end])

    def commits_near(self, run_id: str) -> tuple[str, str] | None:
        """The builds around the change of build that is nearest to that run, within the slack of detection."""
        place = bisect_left(self.runs, run_id)
        for distance in sorted(range(-SLACK, SLACK + 1), key=abs):
            at = place + distance
            if 0 < at < len(self.builds):
                before, after = self.builds[at - 1], self.builds[at]
                if before and after and before != after:
                    return before, after
        return None


EMPTY = Nights((), (), ())


def nights_of(frame: pd.DataFrame, wanted: Collection[SeriesKey]) -> Mapping[SeriesKey, Nights]:
    """The nights of the wanted series in the table's rows; a series without a value is absent."""
    if not wanted:
        return {}
    keys = pd.DataFrame(sorted(wanted), columns=SERIES_COLUMNS)
    rows = frame[frame["value"].notna()].merge(keys, on=SERIES_COLUMNS)
    rows = rows.sort_values("run_id", kind="stable").drop_duplicates([*SERIES_COLUMNS, "run_id"], keep="last")
    return {
        tuple(map(str, key)): Nights(
            tuple(own["run_id"]), tuple(own["value"].astype(float)), tuple(map(_text, own["tvm_hash"]))
        )
        for key, own in rows.groupby(SERIES_COLUMNS, sort=False)
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def level_before(nights: Nights, since: str, ratio: float) -> float:
    """The level before a change to `ratio` times it; where no ratio is known, that of the 14 nights before."""
    if math.isfinite(ratio) and ratio > 0:
        return median(nights.since(since)) / ratio
    return median(nights.before(since))


def median(values: Sequence[float]) -> float:
    """The median, NaN of nothing."""
    return float(np.median(values)) if len(values) else math.nan


def spread_of(values: Sequence[float]) -> float:
    """How far nights stray from their median, as a share of it: two robust standard deviations.

    Estimated from each night's difference to the one before (von Neumann et al., 1941), so that a step among them or
    a drift does not count.
    """
    middle = median(values)
    if not math.isfinite(middle) or middle == 0 or len(values) < 2:
        return math.nan
    steps = np.abs(np.diff(np.asarray(values))).tolist()
    return 2 * NORMAL * median(steps) / (math.sqrt(2) * abs(middle))


def is_worse(value: float, reference: float, member: Member) -> bool:
    """Whether a level lies beyond the reference by more than nights stray."""
    margin = _margin(member) * abs(reference)
    return value < reference - margin if member.direction == "higher" else value > reference + margin


def is_back(value: float, member: Member) -> bool:
    """Whether a level lies within the interval of the one before the change, and on its side of the middle."""
    if not (math.isfinite(value) and math.isfinite(member.before)):
        return False
    margin = _margin(member) * abs(member.before)
    if math.isfinite(member.level):
        margin = min(margin, abs(member.level - member.before) / 2)
    return value >= member.before - margin if member.direction == "higher" else value <= member.before + margin


def _margin(member: Member) -> float:
    """A share of the level; nights that count exactly do not stray."""
    if member.deterministic:
        return 0.0
    return max(member.spread, LEAST_SPREAD) if math.isfinite(member.spread) else LEAST_SPREAD
