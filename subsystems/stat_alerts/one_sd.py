"""The predecessor's rule: what differs from the mean of the past by more than the past's standard deviation.

For normal noise it cries on 31.7 % of the series every night; it is here for who wants it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pytest_relaybench.detect import Kind
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.judging.changes import newest_two

ROUNDING = 1e-9  # of the mean: equal values must not differ by the last digit of their sum


def outside_one_sd(rows: pd.DataFrame, run_id: str, window_days: int) -> pd.DataFrame:
    """The series of the run for which |value - mean of the past| > its population standard deviation.

    The past are earlier runs, with a window of one day or more those that are at most so many whole days older. A
    series without a past, or whose metric has no direction, is not told. Columns: those of `newest_two`, then `kind`
    (slower or faster), `mean` and `std`.
    """
    pairs = newest_two(rows[rows["run_id"] <= run_id])
    pairs = pairs[(pairs["run_id"] == run_id) & (pairs["direction"] != "neutral")]
    past = rows[rows["run_id"] < run_id]
    if window_days >= 1 and not pairs.empty:
        age = pairs["timestamp"].iloc[0] - past["timestamp"]
        past = past[age.dt.days <= window_days]
    known = past.groupby(SERIES_COLUMNS, sort=False)["value"].agg(mean="mean", std=lambda values: values.std(ddof=0))
    pairs = pairs.merge(known.reset_index(), on=SERIES_COLUMNS)
    away = (pairs["value"] - pairs["mean"]).abs() - ROUNDING * pairs["mean"].abs()
    pairs = pairs[away > pairs["std"]]
    is_worse = (pairs["value"] > pairs["mean"]) == (pairs["direction"] == "lower")
    return pairs.assign(kind=np.where(is_worse, Kind.SLOWER.value, Kind.FASTER.value))
