"""The values of one chart as CSV, all digits of all of them, oldest run first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_relaybench.history.table import COLUMNS
from pytest_relaybench.render.csv_cells import no_formula

from ..long_csv import packed, packed_name
from ..series import param_text
from .chunks import Chunk
from .lines import Line
from .measured import Measured
from .rows import Rows

_SPECIAL = re.compile(r'[",\r\n]')
BEFORE = ["run_id", "timestamp"]
AFTER = ["tvm_hash", "value", "ci_low", "ci_high"]
MOST_ROWS = 20_000  # in one file; a chart with more has one a year, so that a night changes only the last


@dataclass(frozen=True)
class Table:
    """One file: what it follows from, `rows` with places in the texts of runs, series and builds."""

    name: str  # without an ending
    head: str
    runs: Sequence[str]
    series: Sequence[str]
    builds: Sequence[str]
    rows: Rows

    @property
    def file_name(self) -> str:
        """A long file is in a ZIP archive."""
        return packed_name(f"{self.name}.csv", len(self.rows.run))

    @property
    def told(self) -> list[Any]:
        """It all, by which one table can be told from another."""
        texts = [self.name, self.head, self.runs, self.series, self.builds]
        return [
            *texts,
            *(getattr(self.rows, name) for name in ("run", "series", "build", "value", "ci_low", "ci_high")),
        ]

    def file(self) -> bytes:
        """A line for each row; most of one is the same every night, so the quoting was done once a run and a series."""
        rows = self.rows
        columns = (rows.run, rows.series, rows.build, rows.value, rows.ci_low, rows.ci_high)
        lines = (
            f"{self.runs[run]},{self.series[line]},{self.builds[build]},{value!r},{low!r},{high!r}"
            for run, line, build, value, low, high in zip(*(column.tolist() for column in columns), strict=True)
        )
        content = "\n".join([self.head, *lines, ""]).encode(errors="replace")
        return packed(f"{self.name}.csv", content, len(rows.run))


def tables_of(chart: Measured, chunks: Sequence[Chunk]) -> list[Table]:
    """The files, a row for each value: run, time, test, parameters, variant, machine, unit, build, value, interval.

    A parameter has a column of its own, called `param.NAME` where the table has a column of its name. The interval is
    of the median, within the night's process.
    """
    names = list(dict.fromkeys(name for line in chart.lines for name in line.params))
    columns = [f"param.{name}" if name in COLUMNS else name for name in names]
    head = _line([*BEFORE, "test", *columns, "variant", "machine", "unit", *AFTER])
    series = [_line([line.test, *_texts(line, names), line.variant, line.machine, chart.unit]) for line in chart.lines]
    rows = chart.rows.of(np.lexsort((chart.rows.series, chart.rows.run)))
    if len(rows.run) <= MOST_ROWS or len(chunks) == 1:
        return [_table(chart, chart.slug, (head, series), rows, (0, len(chart.runs)))]
    bounds = np.searchsorted(rows.run, [*(chunk.start for chunk in chunks), len(chart.runs)]).tolist()
    return [
        _table(chart, chunk.name, (head, series), rows.of(np.arange(start, stop)), (chunk.start, chunk.stop))
        for chunk, start, stop in zip(chunks, bounds, bounds[1:], strict=False)
    ]


def _table(chart: Measured, name: str, texts: tuple[str, Sequence[str]], rows: Rows, runs: tuple[int, int]) -> Table:
    """The rows of these runs; places in texts are the table's own, so that other runs do not change it."""
    first, end = runs
    head, series = texts
    lines, line_of = np.unique(rows.series, return_inverse=True)
    builds, build_of = np.unique(rows.build, return_inverse=True)
    pairs = zip(chart.runs[first:end], chart.when.stamps[first:end], strict=True)
    return Table(
        name=name,
        head=head,
        runs=[_line(pair) for pair in pairs],
        series=[series[place] for place in lines.tolist()],
        builds=[_cell(chart.hashes[place]) for place in builds.tolist()],
        rows=Rows(line_of, rows.run - first, build_of, rows.value, rows.ci_low, rows.ci_high, rows.exact),
    )


def _texts(line: Line, names: Sequence[str]) -> Iterator[str]:
    return (param_text(line.params[name]) if name in line.params else "" for name in names)


def _line(cells: Iterable[str]) -> str:
    return ",".join(map(_cell, cells))


def _cell(text: str) -> str:
    """As RFC 4180 has it: quoted where it holds a comma, a quote or a line break; no spreadsheet runs it."""
    text = no_formula(text)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
