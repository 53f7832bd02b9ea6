"""One file a month of what was measured in it, and one of how far nights lay apart around each of its runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..script_data import call
from ..short_numbers import for_script, rounded
from .measurements import TEXTS, Measurements, Places
from .spreads import NightlySpreads

DIGITS = 8  # of a value that scatters; one that does not is kept to its last digit
Builds = dict[str, set[tuple[str, str]]]  # run → label and hash of each; an empty hash for what used none
ROW = np.dtype([("series", "i4"), ("run", "i4"), ("nights", "i2"), ("value", "f8"), ("sd", "f8")])


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


@dataclass(frozen=True)
class Cut:
    """What one experiment adds to the months: `rows`, of ROW, month by month, with places in `series` and all runs."""

    series: pd.DataFrame  # TOLD_COLUMNS
    rows: NDArray[np.void] = field(repr=False)
    parts: Mapping[str, slice]  # month → its rows
    places: Mapping[str, Places] = field(default_factory=dict, repr=False)  # month → rows of the measurements


def cut_of(found: Measurements, spreads: NightlySpreads, month_of: Mapping[str, str]) -> Cut:
    """Cut an experiment's values into those of the months of `month_of`, which has a month for each run that counts."""
    names = np.array([month_of.get(run, "") for run in found.runs] or [""])
    of_row = names[found.of_run]
    order = np.argsort(of_row, kind="stable")
    order = order[of_row[order] != ""]
    rows = np.empty(order.size, ROW)
    exact = found.series["deterministic"].to_numpy(bool)[found.of_series[order]]
    values = found.values[order]
    rows["series"], rows["run"] = found.of_series[order], found.of_run[order]
    rows["nights"], rows["sd"] = spreads.nights[order], spreads.sd[order]
    rows["value"] = np.where(exact, values, rounded(values, DIGITS))
    months, starts = np.unique(of_row[order], return_index=True)
    ends = [*starts[1:].tolist(), order.size]
    parts = {str(name): slice(start, end) for name, start, end in zip(months, starts.tolist(), ends, strict=True)}
    places = {name: order[part] for name, part in parts.items()}
    return Cut(found.series, rows, parts, places)


def month_of_cuts(name: str, runs: Sequence[str], cuts: Sequence[Cut], builds: Builds) -> Month:
    """A month of all experiments, whose cuts are in the order of their names; `runs` are all that left a record."""
    parts, tables, count = [], [], 0
    for cut in cuts:
        if name not in cut.parts:
            continue
        own = np.array(cut.rows[cut.parts[name]])
        used, own["series"] = np.unique(own["series"], return_inverse=True)
        own["series"] += count
        count += used.size
        parts.append(own)
        tables.append(cut.series.iloc[used])
    rows = np.concatenate(parts)
    places, rows["run"] = np.unique(rows["run"], return_inverse=True)
    ids = [runs[place] for place in places]
    return _month(name, ids, rows, pd.concat(tables), {run: sorted(builds[run]) for run in ids})


def _month(
    name: str,
    ids: list[str],
    rows: NDArray[np.void],
    known: pd.DataFrame,
    builds: Mapping[str, Sequence[tuple[str, str]]],
) -> Month:
    places = _places(known, builds)
    values = np.full((len(ids), len(known)), np.nan)
    values[rows["run"], rows["series"]] = rows["value"]
    content = {
        "runs": ids,
        "texts": list(places),
        "builds": [[[places[text] for text in build] for build in builds[run]] for run in ids],
        "series": _table(known, places),
        "values": for_script(values),
    }
    told = _spread_steps(rows, len(known))
    return Month(name, ids, call("RB.compare.takeMonth", name, content), call("RB.compare.takeSpreads", name, told))


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


def add_builds(builds: Builds, found: Measurements) -> None:
    """Take in those of one experiment."""
    pairs = found.rows[["run_id", "variant", "tvm_hash"]].drop_duplicates().astype(object).fillna({"tvm_hash": ""})
    for run, variant, tvm_hash in pairs.astype(str).itertuples(index=False, name=None):
        builds.setdefault(run, set()).add((variant, tvm_hash))


def _spread_steps(rows: NDArray[np.void], count: int) -> list[list[Any]]:
    """For each series: from which of the month's runs on, deviation and nights; again wherever they change."""
    rows = rows[np.lexsort((rows["run"], rows["series"]))]
    series, run, sd, nights = (rows[name] for name in ("series", "run", "sd", "nights"))
    begins = np.r_[True, series[1:] != series[:-1]]
    changes = np.r_[True, (sd[1:] != sd[:-1]) | (nights[1:] != nights[:-1])]
    told = np.flatnonzero((begins & (nights > 0)) | (~begins & changes))
    steps: list[list[Any]] = [[] for _ in range(count)]
    columns = (column[told].tolist() for column in (series, run, sd, nights))
    for place, *step in zip(*columns, strict=True):
        steps[place] += step
    return steps
