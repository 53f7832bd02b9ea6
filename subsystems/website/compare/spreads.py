"""How far nights lie apart, around every night of every series at once: as `run_comparison.spread` tells it of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_relaybench.detect.series import Array
from pytest_relaybench.run_comparison.selecting import LOOKED_BACK
from pytest_relaybench.run_comparison.spread import FEWEST_NIGHTS, NIGHTS, telling_step

from .measurements import Measurements, Places

AT_ONCE = 50_000  # windows that are sorted together


@dataclass(frozen=True)
class NightlySpreads:
    """Parallel to the rows of the measurements: standard deviation of logarithms, 0 nights where it is not known.

    `last` is the place of the last run that each rests on; where it `may_change`, a later night of the series counts.
    """

    sd: Array
    nights: Places
    last: Places
    may_change: NDArray[np.bool_]


@dataclass(frozen=True)
class _Ordered:
    """The positive values, series by series and oldest first within each."""

    value: Array
    moment: Places
    run: Places
    key: Places
    start: Places  # of the row's series
    end: Places


def nightly_spreads(found: Measurements) -> NightlySpreads:
    """From the 30 nights nearest to each, of those from 90 runs before it on, at least 8."""
    sd, nights = np.zeros(len(found.rows)), np.zeros(len(found.rows), dtype=np.int64)
    last, may_change = found.of_run.copy(), np.zeros(len(found.rows), dtype=bool)
    values, moments = found.values, found.moments
    positive = np.flatnonzero(values > 0)
    order = positive[np.lexsort((found.of_run[positive], moments[positive], found.of_key[positive]))]
    if order.size:
        key = found.of_key[order]
        bounds = (np.searchsorted(key, key, side) for side in ("left", "right"))
        ordered = _Ordered(values[order], moments[order], found.of_run[order], key, *bounds)
        first, size = _nearest(ordered, len(found.runs))
        sd[order], nights[order] = _of_windows(ordered, first, size), np.where(size < FEWEST_NIGHTS, 0, size)
        last[order] = np.maximum(ordered.run, ordered.run[first + size - 1])
        may_change[order] = first + size == ordered.end
    return NightlySpreads(sd, nights, last, may_change)


def _nearest(rows: _Ordered, runs: int) -> tuple[Places, Places]:
    """First row and number of the nights nearest to each row; of two as far away the earlier one is among them."""
    place = np.arange(rows.key.size)
    ranks = rows.key * runs + rows.run
    reached = np.searchsorted(ranks, rows.key * runs + np.maximum(rows.run - LOOKED_BACK, 0), "left")
    reached = np.minimum(np.maximum(reached, rows.start), place)
    size = np.minimum(NIGHTS, rows.end - reached)
    low, high = np.maximum(reached, place - size + 1), np.minimum(rows.end - size, place)
    while (low < high).any():
        middle = (low + high) // 2
        beyond = np.minimum(middle + size, rows.end - 1)
        later = (low < high) & (rows.moment - rows.moment[middle] > rows.moment[beyond] - rows.moment)
        low, high = np.where(later, middle + 1, low), np.where(later, high, middle)
    return low, size


def _of_windows(rows: _Ordered, first: Places, size: Places) -> Array:
    """The spread of each window, 0 for those with too few nights."""
    steps = np.abs(np.diff(np.log(rows.value)))
    found = np.zeros(first.size)
    for nights in np.unique(size[size >= FEWEST_NIGHTS]):
        chosen = np.flatnonzero(size == nights)
        windows, back = np.unique(first[chosen], return_inverse=True)
        rank, usual = telling_step(int(nights) - 1)
        every = np.lib.stride_tricks.sliding_window_view(steps, nights - 1)
        told = [
            np.partition(every[windows[at : at + AT_ONCE]], rank - 1, axis=1)[:, rank - 1]
            for at in range(0, windows.size, AT_ONCE)
        ]
        found[chosen] = (np.concatenate(told) / usual)[back]
    return found
