"""How far two nights of one series lie apart although nothing changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from ..detect.series import Array
from ..history.table import SERIES_COLUMNS

NIGHTS = 30  # nearest in time that tell the spread
FEWEST_NIGHTS = 8
SHARE = 0.9  # of the steps from night to night

Key = tuple[str, ...]  # as SERIES_COLUMNS say


@dataclass(frozen=True)
class Spread:
    """Standard deviation of a night's value on the scale of natural logarithms, and how many nights told it."""

    sd: float
    nights: int


def spread_of(values: Array) -> float:
    """Standard deviation of one of these positive values, oldest first, on the scale of natural logarithms.

    From the differences of successive ones, so that a change of level counts once (von Neumann and others, Annals of
    Mathematical Statistics 12, 1941); from the one that nine in ten do not exceed, and never from the largest, instead
    of their mean square, so that few bad nights, and the very change that is asked about, do not tell, while a series
    that mostly repeats its value, or flaps between two levels, still shows its steps. At least three values.
    """
    steps = np.sort(np.abs(np.diff(np.log(values))))
    rank, usual = telling_step(steps.size)
    return float(steps[rank - 1]) / usual


def telling_step(steps: int) -> tuple[int, float]:
    """Which of so many steps, the smallest being 1, tells the spread, and what it is for nights that scatter by 1."""
    rank = min(math.ceil(SHARE * steps), steps - 1)
    share = (rank - 0.5) / steps
    return rank, math.sqrt(2) * NormalDist().inv_cdf((1 + share) / 2)


class Spreads:
    """The spread of every series of a history, around any moment."""

    def __init__(self, history: pd.DataFrame) -> None:
        """`history` has the columns of `Table.frame`; the newest of several values of a run counts."""
        known = history[history["value"] > 0].sort_values(["timestamp", "run_id"], kind="stable")
        known = known.drop_duplicates([*SERIES_COLUMNS, "run_id"], keep="last")
        self._values = {
            tuple(map(str, key)): (rows["timestamp"].to_numpy("datetime64[ns]"), rows["value"].to_numpy(float))
            for key, rows in known.groupby(SERIES_COLUMNS, sort=False)
        }

    def around(self, series: Key, moment: pd.Timestamp) -> Spread | None:
        """From the 30 nights nearest to the moment, at least 8; None where there are fewer."""
        times, values = self._values.get(series, (np.empty(0, "datetime64[ns]"), np.empty(0)))
        if values.size < FEWEST_NIGHTS:
            return None
        distance = np.abs(times - moment.tz_convert("UTC").tz_localize(None).to_datetime64())
        nearest = np.sort(np.argsort(distance, kind="stable")[:NIGHTS])
        return Spread(spread_of(values[nearest]), int(nearest.size))


def pooled(spreads: Sequence[Spread | None]) -> list[Spread] | None:
    """The spread of each side; of a side without one, the other's; None where neither has one."""
    known = [spread for spread in spreads if spread is not None]
    if not known:
        return None
    widest = max(known, key=lambda spread: spread.sd)
    return [spread or widest for spread in spreads]
