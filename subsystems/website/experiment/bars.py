"""Tonight's values beside each other as bars: engines by networks, chosen as pictures choose theirs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pandas as pd

from pytest_relaybench.history.records import TestOutcome, canonical
from pytest_relaybench.render.format import count_text, day_text, ratio_text, run_time, value_text
from pytest_relaybench.render.graphs import Parameters, arranged, bars, complete_bars
from pytest_relaybench.render.grid import in_words
from pytest_relaybench.render.known_values import places
from pytest_relaybench.render.series import dimensions, labelled

from ..series import History, Series
from .absent import Absences
from .bar_scale import BarScale, scale_of

HUES_FIRST = ("engine", "variant")  # what people compare wherever there are several
LEAST_HUES, MOST_HUES = 2, 8
COLOURS = 10
SHOWN, MOST = 40, 300  # bars that stand open, and that there are at all
DENSE = 0.5  # from this share of places with a value on, an empty place is news


@dataclass(frozen=True)
class Bar:
    """One place: a value with its length in percent and its multiple of the best beside it, or why there is none."""

    hue: str
    colour: int
    text: str = ""
    length: float = 0.0
    ratio: str = ""
    is_best: bool = False
    absent: str = ""


@dataclass(frozen=True)
class Group:
    """The bars that are to be compared; `name` is empty where there is only one group."""

    name: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class BarTable:
    """Groups of bars on one scale; `folded` are those beyond what stands open, `left_out` counts further bars."""

    metric: str
    direction: str
    hue: str  # what the bars of a group differ in; empty where a group is one bar
    row: str  # what the groups are
    scale: BarScale
    groups: Sequence[Group]
    folded: Sequence[Group]
    left_out: int

    @property
    def words(self) -> str:
        """Which way is better, and how long the bars are."""
        better = {"lower": "lower is better", "higher": "higher is better"}.get(self.direction, "no direction")
        return f"{better}; {self.scale.words}"

    @property
    def folded_words(self) -> str:
        """What stands where the rest is folded away."""
        return count_text(sum(len(group.bars) for group in self.folded), "more bar")

    @property
    def has_ratios(self) -> bool:
        """Whether a best of each group is told."""
        return any(bar.ratio for group in (*self.groups, *self.folded) for bar in group.bars)


@dataclass(frozen=True)
class _Place:
    """What may have a bar: a series, or a test that did not pass."""

    row: tuple[str, ...]
    hue: str
    series: Series | None


def bars_of(history: History, metric: str, tests: Sequence[TestOutcome] = ()) -> BarTable | None:
    """The newest values of the metric; None where fewer than two are to be compared, or they are in several units.

    `tests` are the outcomes of the newest record: one that did not pass tells why a bar is not there.
    """
    series = history.by_metric().get(metric, [])
    values = [one.newest for one in series if not one.missing]
    if len(values) < 2 or len({one.unit for one in series}) > 1:
        return None
    absences = Absences(tests)
    frame = _frame(series, absences.beside(series))
    parameters = dimensions(frame)
    hue, rows = _arrangement(metric, parameters)
    cells = _cells(labelled(frame), series, hue, rows)
    scale = scale_of(values, series[0].unit)
    painter = _Painter(absences, scale, parameters, rows, hue)
    groups = painter.groups(cells)
    shown, most = _groups_of(groups, SHOWN), _groups_of(groups, MOST)
    return BarTable(
        metric=metric,
        direction=series[0].direction,
        hue=hue,
        row=", ".join(rows),
        scale=scale,
        groups=groups[:shown],
        folded=groups[shown:most],
        left_out=sum(len(group.bars) for group in groups[most:]),
    )


def _frame(series: Sequence[Series], absent: Sequence[TestOutcome]) -> pd.DataFrame:
    """What tells the places apart, as rows of the table have it."""
    variant = series[0].variant
    told = [(one.test, canonical(one.params), one.variant, one.tvm_hash) for one in series]
    told += [(one.test, canonical(one.params), one.variant or variant, None) for one in absent]
    frame = pd.DataFrame(told, columns=["test", "params", "variant", "tvm_hash"])
    return frame.assign(machine="")


def _arrangement(metric: str, parameters: Parameters) -> tuple[str, list[str]]:
    """What the bars of a group differ in, and what tells the groups apart."""
    free = arranged(parameters)
    first = [name for name in HUES_FIRST if name in free]
    hue = next(iter(first), None) or complete_bars(bars(metric, per=()), parameters).hue or ""
    if not LEAST_HUES <= len(parameters.get(hue, ())) <= MOST_HUES:
        hue = ""
    return hue, [name for name in free if name != hue]


def _cells(labels: pd.DataFrame, series: Sequence[Series], hue: str, rows: Sequence[str]) -> list[_Place]:
    hues = labels[hue].tolist() if hue else [""] * len(labels)
    keys = list(zip(*(labels[name].tolist() for name in rows), strict=True)) if rows else [()] * len(labels)
    known = [*series, *[None] * (len(labels) - len(series))]
    return [_Place(*place) for place in zip(keys, hues, known, strict=True)]


def _groups_of(groups: Sequence[Group], bars: int) -> int:
    """How many groups have no more than so many bars: whole ones, at least one."""
    counts = accumulate(len(group.bars) for group in groups)
    return max(sum(count <= bars for count in counts), 1)


@dataclass(frozen=True)
class _Painter:
    """Makes bars of places."""

    absences: Absences
    scale: BarScale
    parameters: Parameters
    rows: Sequence[str]
    hue: str

    @property
    def hues(self) -> Sequence[str]:
        """What the bars of a group may be of; a single nameless one where a group is one bar."""
        return self.parameters[self.hue] if self.hue else [""]

    def groups(self, cells: Sequence[_Place]) -> list[Group]:
        """In the order of their parameters' values; within each the hues in theirs."""
        found: dict[tuple[str, ...], dict[str, _Place]] = {}
        for cell in cells:
            found.setdefault(cell.row, {}).setdefault(cell.hue, cell)
        filled = sum(cell.series is not None for own in found.values() for cell in own.values())
        is_dense = filled >= DENSE * len(found) * len(self.hues)
        return [Group(self._name(row), self._bars(row, found[row], is_dense)) for row in sorted(found, key=self._order)]

    def _order(self, row: tuple[str, ...]) -> list[int]:
        return [self.parameters[name].index(value) for name, value in zip(self.rows, row, strict=True)]

    def _name(self, row: tuple[str, ...]) -> str:
        return " ".join(map(in_words, self.rows, row))

    def _bars(self, row: tuple[str, ...], own: Mapping[str, _Place], is_dense: bool) -> list[Bar]:
        series = [cell.series for cell in own.values() if cell.series and not cell.series.missing]
        best = _best(series) if self.hue and len(series) > 1 else math.nan
        colours = dict(zip(self.hues, places(list(self.hues), COLOURS), strict=True))
        found = []
        for hue in self.hues:
            cell = own.get(hue)
            if cell and cell.series and not cell.series.missing:
                found.append(self._bar(hue, colours[hue], cell.series, best))
            elif cell or is_dense:
                found.append(Bar(hue, colours[hue], absent=self._why(row, hue, cell)))
        return found

    def _bar(self, hue: str, colour: int, series: Series, best: float) -> Bar:
        value = series.newest
        is_best = value == best
        ratio = f"×{ratio_text(value / best)}" if best > 0 and value > 0 and not is_best else ""
        return Bar(hue, colour, value_text(value, series.unit), self.scale.length(value), ratio, is_best)

    def _why(self, row: tuple[str, ...], hue: str, cell: _Place | None) -> str:
        """Why there is no value, and the last one that there was."""
        series = cell.series if cell else None
        reason = self.absences.reason([*row, hue] if hue else list(row), series)
        if series is None:
            return reason or "not measured"
        last = f"last {value_text(series.newest, series.unit)} on {day_text(run_time(series.last_night))}"
        return f"{reason or series.reason or 'no value'}; {last}"


def _best(series: Sequence[Series]) -> float:
    """The best value; NaN where none is better than the others."""
    direction = series[0].direction
    values = [one.newest for one in series]
    if min(values) == max(values):
        return math.nan
    return min(values) if direction == "lower" else max(values) if direction == "higher" else math.nan
