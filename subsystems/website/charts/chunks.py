"""The files that an experiment page loads its values from: one for each metric and calendar year (UTC).

A year that is over keeps its file byte by byte however many nights are added: what a file holds follows from the rows
of its year alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..script_data import call
from ..short_numbers import for_script, rounded
from .measured import Measured
from .rows import Places

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


def chunk_file(experiment: str, chart: Measured, chunk: Chunk) -> bytes:
    """The year as a script; `experiment` is the slug of the page's experiment."""
    part = slice(chunk.start, chunk.stop)
    known = ~np.isnan(chart.values[:, part])
    builds, names = _builds(chart.builds[:, part], chart.hashes)
    values = chart.values[:, part]
    shipped = for_script(np.where(chart.exact[:, part], values, rounded(values, DIGITS)))
    content = {
        "t": chart.times[part].tolist(),
        "run": list(chart.runs[part]),
        "build": names,
        "series": {
            line.id: {"v": numbers, "b": _one_or_all(own, own[there])}
            for line, numbers, own, there in zip(chart.lines, shipped, builds, known, strict=True)
            if there.any()
        },
    }
    return call(FUNCTION, experiment, chunk.name, content)


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
