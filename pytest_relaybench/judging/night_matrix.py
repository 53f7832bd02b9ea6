"""The nights of one experiment's series as arrays: a line for each series, a column for each run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    is_deterministic: bool

    @property
    def key(self) -> Key:
        """What tells it from other series."""
        return tuple(str(self.told[column]) for column in SERIES_COLUMNS)

    @property
    def is_absent(self) -> bool:
        """Whether the newest run has no value."""
        return bool(np.isnan(self.values[-1]))

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
    """Every series of one experiment on one machine; `rows` are its part of the table, of these runs."""
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
        newest = int(np.flatnonzero(~np.isnan(values[line]))[-1])
        yield SeriesNights(
            told={str(name): value for name, value in told.items()},
            runs=runs,
            values=values[line],
            hashes=texts["tvm_hash"][line],
            artifacts=texts["artifact"][line],
            devices=texts["ran_on"][line],
            is_deterministic=bool(texts["deterministic"][line, newest]),
        )


def _text(texts: Texts, place: int | None) -> str | None:
    value = None if place is None else texts[place]
    return value if isinstance(value, str) else None
