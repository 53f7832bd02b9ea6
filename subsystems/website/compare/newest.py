"""The newest run against the one before it, as `relaybench compare` tells it: what stands there without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pytest_relaybench.history.table import Table
from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.run_comparison.comparing import COMPARED_COLUMNS, Compared, compare_rows, size_of_change
from pytest_relaybench.run_comparison.presenting import row_cells
from pytest_relaybench.run_comparison.selecting import LOOKED_BACK

from ..inert import shell_line, shortened
from .calendar import Calendar
from .measurements import TEXTS, measurements_of

MOST_ROWS = 50
LONGEST_NAME = 160


@dataclass(frozen=True)
class Row:
    """One series on both sides, in words; `kind` is the verdict's own."""

    cells: Sequence[str]  # under the columns of the command's table
    kind: str


@dataclass(frozen=True)
class Newest:
    """`rows` are the largest changes, of `series` in all; `only` counts the series that one side alone has."""

    base: str
    candidate: str
    rows: Sequence[Row] = ()
    series: int = 0
    only: tuple[int, int] = (0, 0)

    @property
    def command(self) -> str:
        """The same in a terminal, safe to be pasted into a shell."""
        return shell_line(["relaybench", "compare", self.base, self.candidate, "--home", "HOME"])


def newest_of(table: Table, calendar: Calendar) -> Newest | None:
    """The comparison of the last run with a value and the one before it on its machine; None without such a run."""
    runs = calendar.with_values
    if len(runs) < 2:
        return None
    base, candidate = _before(calendar, runs), runs[-1]
    first = calendar.runs[max(0, list(calendar.runs).index(base) - LOOKED_BACK)]
    parts = [_compared(table, name, calendar.runs, (base, candidate, first)) for name in calendar.experiments]
    pairs = (row for part in parts for row in part.series.itertuples(index=False, name=None))
    told = [dict(zip(COMPARED_COLUMNS, row, strict=True)) for row in pairs]
    shown = sorted(told, key=lambda row: -size_of_change(row))[:MOST_ROWS]
    rows = [Row(row_cells(_name(row), row), str(row.kind)) for row in pd.DataFrame(shown).itertuples(index=False)]
    return Newest(
        base,
        candidate,
        rows,
        len(told),
        (sum(len(part.only_base) for part in parts), sum(len(part.only_candidate) for part in parts)),
    )


def _compared(table: Table, experiment: str, runs: Sequence[str], chosen: tuple[str, str, str]) -> Compared:
    """One experiment's series in two runs; the third is the first of those that tell how far its nights scatter."""
    base, candidate, first = chosen
    rows = measurements_of(table, experiment, runs, first).rows
    history = rows.astype(dict.fromkeys(["run_id", "tvm_hash", *TEXTS], object)).assign(version="", note="")
    before, after = (history[history["run_id"] == run] for run in (base, candidate))
    return compare_rows(before, after, history)


def _before(calendar: Calendar, runs: Sequence[str]) -> str:
    """The run before the last one that ran on a machine of it; the last but one where there is none."""
    wanted = set(calendar.machines[runs[-1]])
    return next((run for run in reversed(runs[:-1]) if wanted & set(calendar.machines[run])), runs[-2])


def _name(row: Any) -> str:
    name = series_name([row.experiment, row.test, row.params, row.metric, row.variant, ""])
    return shortened(name, LONGEST_NAME)
