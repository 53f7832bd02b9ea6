"""What a chart is drawn from: one metric of an experiment, a row for each series and a column for each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..inert import slug
from ..series import History
from .lines import Line, Naming
from .rows import KEY, Floats, Places, Read, Rows, Runs, rows_of


@dataclass(frozen=True)
class Measured:
    """One metric: `values[line, run]` in `unit`, NaN where the run has none; runs ascend in time.

    `builds[line, run]` is a place in `hashes`, 0 where the build is not known. `exact` marks values in which chance
    has no part. `rows` are those of the table, their series and runs by the places that they have here.
    """

    name: str
    unit: str
    lines: Sequence[Line]
    when: Runs
    values: Floats = field(repr=False)
    builds: Places = field(repr=False)
    exact: NDArray[np.bool_] = field(repr=False)
    hashes: Sequence[str] = field(repr=False)
    rows: Rows = field(repr=False)

    @property
    def slug(self) -> str:
        """The name of its files and anchors."""
        return slug(self.name)

    @property
    def direction(self) -> str:
        """Which way is better: of its first series, as of all."""
        return self.lines[0].direction

    @property
    def runs(self) -> Sequence[str]:
        """The ids of its runs."""
        return self.when.ids

    @property
    def times(self) -> Places:
        """When they began, in seconds since 1970."""
        return self.when.seconds

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """Run → its column."""
        return {run: place for place, run in enumerate(self.runs)}

    @property
    def deterministic(self) -> bool:
        """Whether the newest run leaves nothing to chance."""
        newest = ~np.isnan(self.values[:, -1])
        return bool(newest.any() and self.exact[newest, -1].all())


def measured_of(frame: pd.DataFrame, history: History) -> list[Measured]:
    """The charts of an experiment from its rows of the table: those of its tables first, in their order."""
    if frame.empty:
        return []
    naming = Naming(history)
    read = rows_of(frame)
    keys = zip(*(read.heads[name].astype(str) for name in KEY), strict=True)
    lines = [naming.line(key, way) for key, way in zip(keys, read.heads["direction"].astype(str), strict=True)]
    kinds = list(zip(read.heads["metric"].astype(str), read.heads["unit"].astype(str), strict=True))
    groups: dict[tuple[str, str], list[int]] = {}
    for place in naming.ordered(lines, _machines(frame)):
        groups.setdefault(kinds[place], []).append(place)
    several = {metric for metric, _ in groups if sum(other == metric for other, _ in groups) > 1}
    names = {kind: f"{kind[0]} ({kind[1]})" if kind[0] in several else kind[0] for kind in groups}
    return [
        _measured(names[kind], kind[1], naming.named([lines[place] for place in own]), read, own)
        for kind, own in groups.items()
    ]


def _measured(name: str, unit: str, lines: list[Line], read: Read, series: list[int]) -> Measured:
    """The chart of the series with these numbers, which are its lines."""
    line_of = np.full(len(read.heads), -1)
    line_of[series] = np.arange(len(series))
    rows = read.rows.of(line_of[read.rows.series] >= 0)
    used, run = np.unique(rows.run, return_inverse=True)
    rows = Rows(line_of[rows.series], run, rows.build, rows.value, rows.ci_low, rows.ci_high, rows.exact)
    shape = (len(lines), len(used))
    values, builds, exact = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    values[rows.series, rows.run] = np.where(np.isfinite(rows.value), rows.value, np.nan)
    builds[rows.series, rows.run] = rows.build
    exact[rows.series, rows.run] = rows.exact
    return Measured(name, unit, lines, read.runs.of(used), values, builds, exact, read.hashes, rows)


def _machines(rows: pd.DataFrame) -> list[str]:
    """The newest first."""
    return [str(machine) for machine in reversed(rows["machine"].drop_duplicates(keep="last").tolist())]
