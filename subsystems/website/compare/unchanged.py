"""Which months are as the last publication left them.

The values of a month follow from its records. Its spreads follow from those of the 90 runs before it, too, and from the
nights around each of its runs, the last of which are in the month `until`. A night after that counts only for a series
that has not had its thirty nights yet: such a series is open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_relaybench.history.table import SERIES_COLUMNS, Table
from pytest_relaybench.run_comparison.selecting import LOOKED_BACK

from ..kept import Kept
from ..stamps import Stamps, month_in
from .measurements import Measurements, Places
from .spreads import NightlySpreads

NAME = "compare"  # under which it is remembered
FIELDS = {"marks", "since", "until", "open"}
MOST_OPEN = 2000  # series of a month; with more the month is made anew each night


@dataclass
class Reach:
    """What the spreads of one month rest on: months as ids of runs begin, and the open series.

    The months are empty where an id does not tell; nothing is then known to be unchanged.
    """

    since: str
    until: str
    open_series: set[str] = field(default_factory=set)

    def widen(self, found: Measurements, spreads: NightlySpreads, rows: Places) -> None:
        """Take in the rows of one experiment in this month."""
        last = month_in(found.runs[int(spreads.last[rows].max())])
        self.until = max(self.until, last) if self.until and last else ""
        may_change = rows[spreads.may_change[rows]]
        series = found.series.iloc[np.unique(found.of_series[may_change])]
        self.open_series |= set(_ids(series[SERIES_COLUMNS].itertuples(index=False, name=None)))


def reach_of(runs: Sequence[str], first: str) -> Reach:
    """Of the month that begins with the run `first`, before any row is known; `runs` are all, oldest first."""
    return Reach(month_in(runs[max(0, runs.index(first) - LOOKED_BACK)]), month_in(first))


class Unchanged:
    """Holds what the records of each month are against what they were."""

    def __init__(self, kept: Kept, table: Table, stamps: Stamps) -> None:
        self._kept, self._table = kept, table
        self._stamps = {month: _hash(map(str, told)) for month, told in stamps.by_month().items()}
        before = kept.before.get("remembered", {}).get(NAME, {})
        self._months: Mapping[str, Any] = before.get("months", {})
        was = before.get("stamps", {})
        self._changed = {month for month in {*was, *self._stamps} if was.get(month) != self._stamps.get(month)}
        self._series: dict[str, Set[str]] = {}
        self._told: dict[str, Any] = {}

    def marks(self, name: str, files: Sequence[str]) -> tuple[str, str] | None:
        """The marks of the files of a month, which stay; None where they are to be made."""
        told = self._months.get(name)
        if not isinstance(told, dict) or set(told) != FIELDS or not all(map(self._kept.has, files)):
            return None
        if not self._holds(told["since"], told["until"], told["open"]):
            return None
        self._told[name] = told
        values, spreads = told["marks"]
        return values, spreads

    def _holds(self, since: str, until: str, open_series: Sequence[str] | None) -> bool:
        if "" in self._changed or not since or not until or open_series is None:
            return False
        if any(since <= month <= until for month in self._changed):
            return False
        known = set(open_series)
        return all(known.isdisjoint(self._series_of(month)) for month in self._changed if month > until)

    def _series_of(self, month: str) -> Set[str]:
        """The series with a value in a month."""
        if month not in self._series:
            rows = self._table.distinct(SERIES_COLUMNS, first_run=month, before_run=f"{int(month) + 1:06}")
            self._series[month] = set(_ids(rows[SERIES_COLUMNS].itertuples(index=False, name=None)))
        return self._series[month]

    def made(self, name: str, marks: tuple[str, str], reach: Reach) -> None:
        """Take note of a month that was made."""
        known = sorted(reach.open_series) if len(reach.open_series) <= MOST_OPEN else None
        self._told[name] = {"marks": list(marks), "since": reach.since, "until": reach.until, "open": known}

    def remember(self) -> None:
        """For the next publication."""
        self._kept.remembered[NAME] = {"stamps": self._stamps, "months": self._told}


def _ids(series: Any) -> list[str]:
    return [_hash(map(str, key)) for key in series]


def _hash(texts: Any) -> str:
    return hashlib.sha256("\x1f".join(texts).encode(errors="replace")).hexdigest()[:12]
