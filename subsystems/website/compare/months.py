"""One file a month of what was measured in it, and one of how far nights lay apart around each of its runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pytest_relaybench.render.format import run_time

from ..script_data import call
from ..short_numbers import for_script, rounded
from .measurements import TOLD_COLUMNS, Measurements, Places
from .spreads import NightlySpreads

DIGITS = 8  # of a value that scatters; one that does not is kept to its last digit
TEXTS = TOLD_COLUMNS[:-1]


@dataclass(frozen=True)
class Month:
    """A month in UTC, as `2026-11`; `runs` are ids, oldest first.

    `values` holds what was measured and never changes once the month is over. `spreads` changes for as long as nights
    after a run are still among the 30 nearest to it.
    """

    name: str
    runs: Sequence[str]
    values: bytes
    spreads: bytes

    @property
    def marks(self) -> tuple[str, str]:
        """Short hashes of the two, so that no browser takes yesterday's file for today's."""
        values, spreads = (hashlib.sha256(content).hexdigest()[:8] for content in (self.values, self.spreads))
        return values, spreads


def month_of(run_id: str, first: pd.Timestamp) -> str:
    """When the run began; of an id that does not tell, by its `first` value."""
    return f"{run_time(run_id) or first.to_pydatetime():%Y-%m}"


def months_of(found: Measurements, spreads: NightlySpreads) -> Iterator[Month]:
    """Every month with a value, oldest first."""
    of_run = _month_names(found)
    names, numbers = np.unique(of_run, return_inverse=True)
    of_row = numbers[found.of_run]
    order = np.argsort(of_row, kind="stable")
    bounds = np.searchsorted(of_row[order], np.arange(names.size + 1))
    for place, name in enumerate(names):
        rows = order[bounds[place] : bounds[place + 1]]
        if rows.size:
            yield _month(str(name), found, spreads, rows)


def _month_names(found: Measurements) -> NDArray[np.str_]:
    """Of each run; empty for one without a value."""
    names = np.full(len(found.runs), "", dtype="U7")
    runs, first = np.unique(found.of_run, return_index=True)
    moments = found.rows["timestamp"].iloc[first]
    names[runs] = [month_of(found.runs[run], moment) for run, moment in zip(runs, moments, strict=True)]
    return names


def _month(name: str, found: Measurements, spreads: NightlySpreads, rows: Places) -> Month:
    series, of_series = np.unique(found.of_series[rows], return_inverse=True)
    runs, of_run = np.unique(found.of_run[rows], return_inverse=True)
    ids = [found.runs[run] for run in runs]
    builds = _builds(found.rows.iloc[rows])
    known = found.series.iloc[series]
    places = _places(known, builds)
    values = np.full((runs.size, series.size), np.nan)
    exact = found.series["deterministic"].to_numpy(bool)[found.of_series[rows]]
    values[of_run, of_series] = np.where(exact, found.values[rows], rounded(found.values[rows], DIGITS))
    content = {
        "runs": ids,
        "texts": list(places),
        "builds": [[[places[text] for text in build] for build in builds[run]] for run in ids],
        "series": _table(known, places),
        "values": for_script(values),
    }
    told = _spread_steps(spreads, rows, of_series, of_run, series.size)
    return Month(
        name,
        ids,
        call("RB.compare.takeMonth", name, content),
        call("RB.compare.takeSpreads", name, told),
    )


def _places(series: pd.DataFrame, builds: Mapping[str, Iterable[tuple[str, str]]]) -> dict[str, int]:
    """Every text of the month, sorted, with its place in their list."""
    of_series = series[TEXTS].astype(str).to_numpy().ravel().tolist()
    of_builds = (text for of_run in builds.values() for build in of_run for text in build)
    return {text: place for place, text in enumerate(sorted({*of_series, *of_builds}))}


def _table(series: pd.DataFrame, places: Mapping[str, int]) -> list[list[int]]:
    """Each series as places of its texts, in the order of TOLD_COLUMNS, then 1 where it is deterministic."""
    columns = [series[name].astype(str).map(places).to_numpy(int) for name in TEXTS]
    columns.append(series["deterministic"].to_numpy(bool).astype(int))
    return [list(map(int, row)) for row in np.stack(columns, axis=1)]


def _builds(rows: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """Run → label and hash of every build in it; an empty hash for what used none."""
    pairs = rows[["run_id", "variant", "tvm_hash"]].drop_duplicates().fillna({"tvm_hash": ""})
    found: dict[str, list[tuple[str, str]]] = {}
    for run, variant, tvm_hash in sorted(pairs.astype(str).itertuples(index=False, name=None)):
        found.setdefault(run, []).append((variant, tvm_hash))
    return found


def _spread_steps(
    spreads: NightlySpreads, rows: Places, of_series: Places, of_run: Places, count: int
) -> list[list[Any]]:
    """For each series: from which of the month's runs on, deviation and nights; again wherever they change."""
    order = np.lexsort((of_run, of_series))
    series, run = of_series[order], of_run[order]
    sd, nights = spreads.sd[rows][order], spreads.nights[rows][order]
    begins = np.r_[True, series[1:] != series[:-1]]
    changes = np.r_[True, (sd[1:] != sd[:-1]) | (nights[1:] != nights[:-1])]
    told = np.flatnonzero((begins & (nights > 0)) | (~begins & changes))
    steps: list[list[Any]] = [[] for _ in range(count)]
    for place, *step in zip(
        series[told].tolist(), run[told].tolist(), sd[told].tolist(), nights[told].tolist(), strict=True
    ):
        steps[place] += step
    return steps
