"""The values of an experiment that can be compared, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pytest_relaybench.detect.series import Array
from pytest_relaybench.history.table import SERIES_COLUMNS, Table

from ..long_rows import long_rows

# a series that is measured in another unit from some night on has a row for each
TEXTS = [*SERIES_COLUMNS, "unit", "direction"]
TOLD_COLUMNS = [*TEXTS, "deterministic"]
NEEDED = ["run_id", "timestamp", *TOLD_COLUMNS, "tvm_hash", "value"]

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Measurements:
    """`rows` has one row for each value, with NEEDED's columns; the arrays are parallel to it.

    `runs` are all runs that left a record, oldest first, also those without a value.
    """

    runs: Sequence[str]
    rows: pd.DataFrame
    series: pd.DataFrame  # TOLD_COLUMNS of each series, sorted
    of_series: Places  # place in `series`
    of_key: Places  # equal for what SERIES_COLUMNS do not tell apart
    of_run: Places  # place in `runs`

    @property
    def values(self) -> Array:
        """In the unit of their series."""
        return self.rows["value"].to_numpy(float)

    @property
    def moments(self) -> Places:
        """When their experiment began, in nanoseconds since 1970."""
        return self.rows["timestamp"].to_numpy("datetime64[ns]").astype(np.int64)


def measurements_of(table: Table, experiment: str, runs: Sequence[str], first_run: str = "") -> Measurements:
    """The values of an experiment from one run on; of several values of a series in one run the last counts.

    `runs` are all runs that left a record, oldest first.
    """
    rows = long_rows(table, experiment, NEEDED, (run[:4] for run in runs), first_run)
    return in_arrays(rows[np.isfinite(rows["value"].astype(float))], runs)


def in_arrays(rows: pd.DataFrame, runs: Sequence[str]) -> Measurements:
    """The same rows, those that a later one of the same run replaces left out."""
    place = {run: number for number, run in enumerate(runs)}
    code, known = pd.factorize(rows["run_id"])
    of_run = np.array([place[str(run)] for run in known], dtype=np.int64)[code]
    of_key = _numbered(rows, SERIES_COLUMNS)
    kept = ~pd.Series(of_key * len(runs) + of_run).duplicated(keep="last").to_numpy()
    rows, of_run, of_key = rows[kept].reset_index(drop=True), of_run[kept], of_key[kept]
    of_series = _numbered(rows, TOLD_COLUMNS)
    first = np.unique(of_series, return_index=True)[1]
    series = rows[TOLD_COLUMNS].iloc[first].reset_index(drop=True).astype(dict.fromkeys(TEXTS, object))
    return Measurements(runs, rows, series, of_series, of_key, of_run)


def _numbered(rows: pd.DataFrame, columns: list[str]) -> Places:
    """The same number for rows that are equal in these columns, in their order."""
    numbers: Places = rows.groupby(columns, sort=True, dropna=False, observed=True).ngroup().to_numpy().astype(np.int64)
    return numbers
