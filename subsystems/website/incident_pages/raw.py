"""The archived raw samples of single processes, where the archives are still there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pytest_relaybench.errors import RecordError
from pytest_relaybench.home import Home
from pytest_relaybench.incidents.incident import SeriesKey
from pytest_relaybench.raw_samples import COLUMNS
from pytest_relaybench.raw_storage import AGAIN, DATA, raw_name, raw_of

LEAST = 2  # a single sample is the night's value itself
NOTHING = pd.DataFrame(columns=COLUMNS)


class RawArchives:
    """Reads of each archive only the files of the tests that are asked for, each once."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._known: dict[tuple[str, ...], pd.DataFrame] = {}
        self._there = _names(home)  # one question, where each archive would be one across a network

    def samples(self, series: SeriesKey, run_id: str) -> tuple[float, ...]:
        """The samples of the series in that run, in their order; none where the archive or the series is not there."""
        rows = self._rows(run_id, DATA, series)
        found = tuple(rows["value"][rows["variant"] == series[4]].tolist())
        return found if len(found) >= LEAST else ()

    def processes(self, series: SeriesKey, run_id: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What the run measured again: the median of each fresh process, of the build before and of its own."""
        rows = self._rows(run_id, AGAIN, series)
        medians = rows.groupby(["variant", "rep"], sort=True)["value"].median()
        sides = (medians[medians.index.get_level_values("variant") == side] for side in ("base", "candidate"))
        base, candidate = (tuple(side.tolist()) for side in sides)
        return base, candidate

    def _rows(self, run_id: str, kind: str, series: SeriesKey) -> pd.DataFrame:
        """The finite samples of the series' test, metric and parameters in the archive."""
        experiment, test, params, metric, *_ = series
        key = run_id, kind, experiment, test, metric
        if key not in self._known:
            equal = {"experiment": experiment, "test": test, "metric": metric}
            is_there = raw_name(run_id, kind) in self._there
            self._known[key] = _read(self._home, run_id, kind, equal) if is_there else NOTHING
        rows = self._known[key]
        return rows[rows["params"] == params]


def _names(home: Home) -> frozenset[str]:
    try:
        return frozenset(file.name for file in home.raw_samples.files())
    except OSError:
        return frozenset()


def _read(home: Home, run_id: str, kind: str, equal: Mapping[str, str]) -> pd.DataFrame:
    """Nothing where the archive is not there, or damaged."""
    try:
        rows = raw_of(home, run_id, kind, **equal)
    except RecordError:
        return NOTHING
    return rows[np.isfinite(rows["value"].astype(float))]
