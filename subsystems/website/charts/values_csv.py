"""The values of one chart as CSV, all digits of all of them, oldest run first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from pytest_relaybench.history.table import COLUMNS

from ..cells import no_formula
from ..long_csv import packed
from ..series import param_text
from .chunks import Chunk
from .lines import Line
from .measured import Measured
from .rows import Rows

_SPECIAL = re.compile(r'[",\r\n]')
BEFORE = ["run_id", "timestamp"]
AFTER = ["tvm_hash", "value", "ci_low", "ci_high"]
MOST_ROWS = 200_000  # in one file; a chart with more has one a year, so that a night changes only the last


def csv_files(chart: Measured, chunks: Sequence[Chunk]) -> Mapping[str, bytes]:
    """File name → a row for each value: run, time, test, parameters, variant, machine, unit, build, value, interval.

    A parameter has a column of its own, called `param.NAME` where the table has a column of its name. The interval is
    of the median, within the night's process. A long file is in a ZIP archive.
    """
    names = list(dict.fromkeys(name for line in chart.lines for name in line.params))
    columns = [f"param.{name}" if name in COLUMNS else name for name in names]
    head = _line([*BEFORE, "test", *columns, "variant", "machine", "unit", *AFTER])
    rows = chart.rows.of(np.lexsort((chart.rows.series, chart.rows.run)))
    lines = _rows(chart, names, rows)
    if len(lines) <= MOST_ROWS or len(chunks) == 1:
        return dict([_file(chart.slug, head, lines)])
    starts = np.searchsorted(rows.run, [chunk.start for chunk in chunks]).tolist()
    years = zip(chunks, starts, [*starts[1:], len(lines)], strict=True)
    return dict(_file(chunk.name, head, lines[start:stop]) for chunk, start, stop in years)


def _file(name: str, head: str, rows: Sequence[str]) -> tuple[str, bytes]:
    """Name and content."""
    return packed(f"{name}.csv", "\n".join([head, *rows, ""]).encode(errors="replace"), len(rows))


def _rows(chart: Measured, names: Sequence[str], rows: Rows) -> list[str]:
    """A line for each row; most of one is the same every night, so the quoting is done once a run and a series."""
    runs = [_line(pair) for pair in zip(chart.runs, chart.when.stamps, strict=True)]
    series = [_line([line.test, *_texts(line, names), line.variant, line.machine, chart.unit]) for line in chart.lines]
    builds = [_cell(build) for build in chart.hashes]
    columns = (rows.run, rows.series, rows.build, rows.value, rows.ci_low, rows.ci_high)
    return [
        f"{runs[run]},{series[line]},{builds[build]},{value!r},{low!r},{high!r}"
        for run, line, build, value, low, high in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _texts(line: Line, names: Sequence[str]) -> Iterator[str]:
    return (param_text(line.params[name]) if name in line.params else "" for name in names)


def _line(cells: Iterable[str]) -> str:
    return ",".join(map(_cell, cells))


def _cell(text: str) -> str:
    """As RFC 4180 has it: quoted where it holds a comma, a quote or a line break; no spreadsheet runs it."""
    text = no_formula(text)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
