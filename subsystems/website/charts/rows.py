"""An experiment's rows of the table as arrays: read once, then cut into charts without looking at texts again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..long_rows import numbered

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
KEY = ["test", "params", "metric", "variant", "machine"]


@dataclass(frozen=True)
class Rows:
    """An entry for each row: its series and run by number, its build by place in the hashes, 0 where not known."""

    series: Places
    run: Places
    build: Places
    value: Floats
    ci_low: Floats
    ci_high: Floats
    exact: NDArray[np.bool_]  # chance has no part in it

    def of(self, chosen: NDArray[np.bool_] | Places) -> Rows:
        """These rows only, in this order."""
        return Rows(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @property
    def newest(self) -> Places:
        """The place of the newest row of each series."""
        last = np.zeros(int(self.series.max()) + 1, dtype=np.int64)
        last[self.series] = np.arange(len(self.series))
        return last


@dataclass(frozen=True)
class Runs:
    """Runs in time: their ids, when they began in seconds since 1970, and in ISO 8601."""

    ids: Sequence[str]
    seconds: Places
    stamps: Sequence[str]

    def of(self, chosen: Places) -> Runs:
        """These runs only."""
        places = chosen.tolist()
        return Runs([self.ids[at] for at in places], self.seconds[chosen], [self.stamps[at] for at in places])


@dataclass(frozen=True)
class Read:
    """All of an experiment: `heads` is the newest row of each series as the table has it, by the series' number."""

    rows: Rows
    runs: Runs
    hashes: Sequence[str]
    heads: pd.DataFrame


def rows_of(frame: pd.DataFrame) -> Read:
    """The rows of a frame that has some; of a series only what it was measured in its newest unit."""
    run, runs = _runs(frame)
    build, names = pd.factorize(frame["tvm_hash"])
    value, low, high = (frame[name].to_numpy(dtype=float) for name in ("value", "ci_low", "ci_high"))
    series = numbered(frame, KEY)
    exact = frame["deterministic"].fillna(value=False).to_numpy(dtype=bool)
    rows = Rows(series, run, build + 1, value, low, high, exact)
    units, _ = pd.factorize(frame["unit"])
    newest = rows.newest
    former = units != units[newest][series]
    heads = frame[[*KEY, "unit", "direction"]].iloc[newest]
    return Read(rows.of(~former) if former.any() else rows, runs, ["", *map(str, names)], heads)


def _runs(frame: pd.DataFrame) -> tuple[Places, Runs]:
    """The place of each row's run, and the runs; one whose id is of another form began when its record says."""
    codes, known = pd.factorize(frame["run_id"])
    names = [str(name) for name in known]
    stamps = pd.to_datetime(frame["timestamp"].iloc[np.unique(codes, return_index=True)[1]], utc=True)
    begun = pd.to_datetime(pd.Series(names), format="%Y%m%dT%H%M%S.%fZ", errors="coerce", utc=True)
    begun = begun.fillna(stamps.reset_index(drop=True))
    seconds: Places = begun.dt.as_unit("s").to_numpy(dtype="datetime64[s]").astype(np.int64)
    order = np.lexsort((np.asarray(names, dtype=str), seconds))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    texts = [stamp.isoformat() for stamp in stamps.dt.to_pydatetime()]
    return place[codes], Runs(names, seconds, texts).of(order)
