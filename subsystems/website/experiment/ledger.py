"""What each case costs beside its time: compiling, the first run, memory, size; a row a case, newest values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_relaybench.detect import Kind
from pytest_relaybench.history.records import canonical
from pytest_relaybench.render.format import NO_VALUE, change_text

from ..headline import JUDGED, verdict_word
from ..series import AUTOMATIC, STEADY, History, Series
from .columns import Columns, columns_of
from .shortening import newsworthy

MOST_CASES = 150

WORDS = {
    "compile": "Compile",
    "first_run": "First run",
    STEADY: "Steady time",
    "peak_memory": "Peak memory",
    "artifact_size": "Artifact size",
}  # in the order of an artifact's life


@dataclass(frozen=True)
class Cell:
    """The newest value of one metric of one case."""

    series: Series

    @property
    def words(self) -> str:
        """The verdict with the size of the change where there was one: `slower +9.1 %`."""
        verdict = self.series.verdict
        if not (self.series.directional or self.series.missing):
            return ""
        change = change_text(verdict.ratio) if verdict.since is not None and verdict.kind in JUDGED else NO_VALUE
        word = verdict_word(self.series)
        return word if change == NO_VALUE else f"{word} {change}"

    @property
    def is_notable(self) -> bool:
        """Whether its verdict must not drown in "same"."""
        return self.series.verdict.kind in JUDGED


@dataclass(frozen=True)
class Case:
    """One test with one set of parameters on one variant; a cell for each metric, None where it has none."""

    first: Series  # any of its series: what tells the case from others
    cells: Sequence[Cell | None]

    @property
    def kind(self) -> str:
        """The gravest verdict of its cells."""
        kinds = {cell.series.verdict.kind for cell in self.cells if cell}
        return next((kind.value for kind in JUDGED if kind in kinds), Kind.SAME.value)


@dataclass(frozen=True)
class Ledger:
    """A row for each case, a column for each metric that any case has; `left_out` counts cases without a row."""

    metrics: Sequence[str]
    columns: Columns
    cases: Sequence[Case]
    left_out: int

    @property
    def is_judged(self) -> bool:
        """Whether any verdict says more than that it is too early for one."""
        cells = [cell for case in self.cases for cell in case.cells if cell]
        return any(cell.series.verdict.kind != Kind.UNSURE for cell in cells)

    @property
    def headings(self) -> list[str]:
        """Of the metrics' columns."""
        return [WORDS[metric] for metric in self.metrics]


def ledger_of(history: History) -> Ledger | None:
    """None unless something is known beside the time of some case."""
    by_metric = history.by_metric()
    metrics = [metric for metric in WORDS if metric in by_metric]
    if not set(metrics) & set(AUTOMATIC) or len(metrics) < 2:
        return None
    cases: dict[tuple[str, str, str], dict[str, Series]] = {}
    for metric in sorted(metrics, key=[STEADY, *AUTOMATIC].index):
        for one in by_metric[metric]:
            cases.setdefault((one.test, canonical(one.params), one.variant), {})[metric] = one
    rows = [
        Case(next(iter(own.values())), [Cell(own[metric]) if metric in own else None for metric in metrics])
        for own in cases.values()
    ]
    shown = newsworthy(rows, MOST_CASES, lambda case: case.kind != Kind.SAME)
    return Ledger(metrics, columns_of(history, [case.first for case in rows]), shown, len(rows) - len(shown))
