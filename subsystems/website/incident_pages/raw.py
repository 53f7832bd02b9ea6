"""The archived raw samples of single processes, where the archives are still there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pytest_relaybench.errors import RecordError
from pytest_relaybench.home import Home
from pytest_relaybench.incidents.incident import SeriesKey
from pytest_relaybench.raw_samples import COLUMNS, again_file, raw_file, read_raw

LEAST = 2  # a single sample is the night's value itself
NOTHING = pd.DataFrame(columns=COLUMNS)


class RawArchives:
    """Reads of each archive only the files of the tests that are asked for, each once."""

    def __init__(self, home: Home) -> None:
        self._folder = home.tmp_data_dir
        self._known: dict[tuple[Path, str, str, str], pd.DataFrame] = {}

    def samples(self, series: SeriesKey, run_id: str) -> tuple[float, ...]:
        """The samples of the series in that run, in their order; none where the archive or the series is not there."""
        rows = self._rows(raw_file(self._folder, run_id), series)
        found = tuple(rows["value"][rows["variant"] == series[4]].tolist())
        return found if len(found) >= LEAST else ()

    def processes(self, series: SeriesKey, run_id: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What the run measured again: the median of each fresh process, of the build before and of its own."""
        rows = self._rows(again_file(self._folder, run_id), series)
        medians = rows.groupby(["variant", "rep"], sort=True)["value"].median()
        sides = (medians[medians.index.get_level_values("variant") == side] for side in ("base", "candidate"))
        base, candidate = (tuple(side.tolist()) for side in sides)
        return base, candidate

    def _rows(self, path: Path, series: SeriesKey) -> pd.DataFrame:
        """The finite samples of the series' test, metric and parameters in the archive."""
        experiment, test, params, metric, *_ = series
        key = path, experiment, test, metric
        if key not in self._known:
            self._known[key] = _read(path, experiment, test, metric)
        rows = self._known[key]
        return rows[rows["params"] == params]


def _read(path: Path, experiment: str, test: str, metric: str) -> pd.DataFrame:
    """Nothing where the archive is not there, or damaged."""
    if not path.is_file():
        return NOTHING
    try:
        rows = read_raw(path, experiment=experiment, test=test, metric=metric)
    except RecordError:
        return NOTHING
    return rows[np.isfinite(rows["value"].astype(float))]
