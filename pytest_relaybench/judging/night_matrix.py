"""The nights of one experiment's series as arrays: a line for each series, a column for each run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history.table import SERIES_COLUMNS
from .changes import newest_two

Key = tuple[str, ...]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class SeriesNights:
    """One series: its row of `newest_two`, and what each of the runs says of it, the newest last.

    `values` are NaN and the texts None where a run has no value.
    """

    told: dict[str, Any]
    runs: Sequence[str]
    values: NDArray[np.float64]
    hashes: Texts
    artifacts: Texts
    devices: Texts
    flags: Texts  # whether its values are deterministic
    has_one_unit: bool = True  # no run is left out because it measured in another

    @property
    def key(self) -> Key:
        """What tells it from other series."""
        return tuple(str(self.told[column]) for column in SERIES_COLUMNS)

    @property
    def is_deterministic(self) -> bool:
        """Whether chance has no part in its newest value."""
        return bool(self.flags[np.flatnonzero(~np.isnan(self.values))[-1]])

    @property
    def is_absent(self) -> bool:
        """Whether the newest run has no value."""
        return bool(np.isnan(self.values[-1]))

    def without(self, runs: Collection[str]) -> SeriesNights:
        """The same series without those of these runs that have no value."""
        kept = np.array([run not in runs for run in self.runs]) | ~np.isnan(self.values)
        return SeriesNights(
            self.told,
            [run for run, is_kept in zip(self.runs, kept, strict=True) if is_kept],
            self.values[kept],
            self.hashes[kept],
            self.artifacts[kept],
            self.devices[kept],
            self.flags[kept],
        )

    def around(self, since: str | None) -> dict[str, Any]:
        """Build hash and artifact hash before the change and with it; without a change those of the newest two runs."""
        known = np.flatnonzero(~np.isnan(self.values))
        begun = len(self.runs) - 1 if since is None else self.runs.index(since)
        if since is None:
            begun = int(known[-1])
        before, after = known[known < begun], known[known >= begun]
        last, first = (int(before[-1]) if before.size else None, int(after[0]) if after.size else None)
        return {
            "hash_before": _text(self.hashes, last),
            "hash_after": _text(self.hashes, first),
            "artifact_before": _text(self.artifacts, last) or "",
            "artifact_after": _text(self.artifacts, first) or "",
        }


def series_nights(rows: pd.DataFrame, runs: Sequence[str]) -> Iterator[SeriesNights]:
    """Every series of one experiment on one machine; `rows` are its part of the table, of these runs.

    A series begins anew with another unit: what it had in the former one is left out.
    """
    rows, began_anew = _of_newest_unit(rows)
    series = newest_two(rows)
    number = rows.groupby(SERIES_COLUMNS, sort=False, dropna=False).ngroup().to_numpy()
    column = rows["run_id"].map({run: place for place, run in enumerate(runs)}).to_numpy()
    shape = (int(number.max()) + 1 if number.size else 0, len(runs))
    values = np.full(shape, np.nan)
    values[number, column] = rows["value"].to_numpy(dtype=float)
    texts = {name: np.full(shape, None, dtype=object) for name in ("tvm_hash", "artifact", "ran_on", "deterministic")}
    for name, table in texts.items():
        table[number, column] = rows[name].to_numpy(dtype=object)
    keys = rows[SERIES_COLUMNS].iloc[np.unique(number, return_index=True)[1]].itertuples(index=False, name=None)
    line_of = {key: line for line, key in enumerate(keys)}
    for told in series.to_dict("records"):
        line = line_of[tuple(told[name] for name in SERIES_COLUMNS)]
        yield SeriesNights(
            told={str(name): value for name, value in told.items()},
            runs=runs,
            values=values[line],
            hashes=texts["tvm_hash"][line],
            artifacts=texts["artifact"][line],
            devices=texts["ran_on"][line],
            flags=texts["deterministic"][line],
            has_one_unit=tuple(told[name] for name in SERIES_COLUMNS) not in began_anew,
        )


def _of_newest_unit(rows: pd.DataFrame) -> tuple[pd.DataFrame, set[Key]]:
    """The rows in each series' newest unit, and the series that have others."""
    if rows["unit"].nunique() <= 1:
        return rows, set()
    newest = rows.sort_values("run_id", kind="stable").groupby(SERIES_COLUMNS, sort=False)["unit"].transform("last")
    former = rows[rows["unit"] != newest]
    return rows[rows["unit"] == newest], set(former[SERIES_COLUMNS].itertuples(index=False, name=None))


def _text(texts: Texts, place: int | None) -> str | None:
    value = None if place is None else texts[place]
    return value if isinstance(value, str) else None
