"""The newest run against the one before it, as `relaybench compare` tells it: what stands there without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.run_comparison.comparing import compare_rows
from pytest_relaybench.run_comparison.presenting import row_cells
from pytest_relaybench.run_comparison.selecting import LOOKED_BACK

from ..inert import shell_line, shortened
from .measurements import Measurements

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


def newest_of(found: Measurements, runs: Sequence[str]) -> Newest | None:
    """The comparison of the last of these runs with the one before it on its machine; None without such a run."""
    if len(runs) < 2:
        return None
    base, candidate = _before(found, runs), runs[-1]
    first = found.runs[max(0, list(found.runs).index(base) - LOOKED_BACK)]
    history = found.rows[found.rows["run_id"] >= first].assign(version="", note="")
    before, after = (history[history["run_id"] == run] for run in (base, candidate))
    compared = compare_rows(before, after, history)
    shown = compared.series[:MOST_ROWS]
    rows = [Row(row_cells(_name(row), row), str(row.kind)) for row in shown.itertuples(index=False)]
    return Newest(base, candidate, rows, len(compared.series), (len(compared.only_base), len(compared.only_candidate)))


def _before(found: Measurements, runs: Sequence[str]) -> str:
    """The run before the last one that ran on a machine of it; the last but one where there is none."""
    machines = found.rows.groupby("run_id", sort=False)["machine"].unique()
    wanted = set(machines[runs[-1]])
    return next((run for run in reversed(runs[:-1]) if wanted & set(machines[run])), runs[-2])


def _name(row: Any) -> str:
    name = series_name([row.experiment, row.test, row.params, row.metric, row.variant, ""])
    return shortened(name, LONGEST_NAME)
