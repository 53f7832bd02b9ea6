"""The files that an experiment page loads its values from: one for each metric and calendar year (UTC).

A year that is over keeps its file byte by byte however many nights are added: what a file holds follows from the rows
of its year alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..script_data import call
from ..short_numbers import for_script, rounded
from .measured import Measured
from .rows import Floats, Places

FUNCTION = "RB.charts.take"
DIGITS = 6  # significant ones of a value that chance moves; the CSV has them all


@dataclass(frozen=True)
class Chunk:
    """A year of a metric: the runs from `start` to before `stop`."""

    name: str
    start: int
    stop: int
    first: int  # seconds since 1970, of its first run and its last
    last: int

    @property
    def file(self) -> str:
        """Its name beside the other files of the experiment."""
        return f"{self.name}.js"

    @property
    def told(self) -> dict[str, Any]:
        """As the manifest names it."""
        nights = self.stop - self.start
        return {"file": self.file, "name": self.name, "first": self.first, "last": self.last, "nights": nights}


def chunks_of(chart: Measured) -> list[Chunk]:
    """The years that the metric was measured in, oldest first."""
    years = chart.times.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970
    starts = [0, *(np.flatnonzero(np.diff(years)) + 1).tolist()]
    return [
        Chunk(f"{chart.slug}-{years[start]}", start, stop, int(chart.times[start]), int(chart.times[stop - 1]))
        for start, stop in zip(starts, [*starts[1:], len(years)], strict=True)
    ]


@dataclass(frozen=True)
class Year:
    """All that the file of a year follows from: a row for each series that has a value in it, by its id."""

    experiment: str  # the slug of the page
    name: str
    ids: Sequence[str]
    runs: Sequence[str]
    names: Sequence[str]  # of the builds
    times: Places
    values: Floats
    builds: Places  # places in the names
    exact: NDArray[np.bool_]

    @property
    def told(self) -> list[Any]:
        """It all, by which one year can be told from another."""
        return [getattr(self, field.name) for field in fields(self)]

    def file(self) -> bytes:
        """The year as a script."""
        known = ~np.isnan(self.values)
        shipped = for_script(np.where(self.exact, self.values, rounded(self.values, DIGITS)))
        content = {
            "t": self.times.tolist(),
            "run": self.runs,
            "build": self.names,
            "series": {
                name: {"v": numbers, "b": _one_or_all(own, own[there])}
                for name, numbers, own, there in zip(self.ids, shipped, self.builds, known, strict=True)
            },
        }
        return call(FUNCTION, self.experiment, self.name, content)


def year_of(experiment: str, chart: Measured, chunk: Chunk) -> Year:
    """Cut out of the chart; the order of series is that of their ids, whichever page they are on today."""
    part = slice(chunk.start, chunk.stop)
    there = ~np.isnan(chart.values[:, part]).all(axis=1)
    ids = [line.id for line in chart.lines]
    order = np.array(sorted(np.flatnonzero(there).tolist(), key=ids.__getitem__), dtype=np.int64)
    builds, names = _builds(chart.builds[order, part], chart.hashes)
    return Year(
        experiment=experiment,
        name=chunk.name,
        ids=[ids[place] for place in order.tolist()],
        runs=list(chart.runs[part]),
        names=names,
        times=chart.times[part],
        values=chart.values[order, part],
        builds=builds,
        exact=chart.exact[order, part],
    )


def _builds(codes: Places, hashes: Sequence[str]) -> tuple[Places, list[str]]:
    """The builds with numbers of this year's own, in the order in which they came."""
    seen = pd.unique(codes.T.ravel())
    seen = seen[seen > 0]
    number = np.zeros(len(hashes), dtype=np.int64)
    number[seen] = np.arange(1, len(seen) + 1)
    return number[codes], ["", *(hashes[code] for code in seen.tolist())]


def _one_or_all(builds: Places, known: Places) -> int | list[int]:
    """The number alone where every value has the same build."""
    return int(known[0]) if (known == known[0]).all() else builds.tolist()
