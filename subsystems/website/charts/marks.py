"""The nights on which a series changed, through all its history.

Tonight's verdict tells of the newest change. Those before it are what detection has seen and keeps in the table, over
the 400 runs that it looks back on, and what incidents tell of regressions before that; of values in which chance has no
part, any change is one. Where two of these date the same change differently, the first one named here is right.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from pytest_relaybench.detect import Kind
from pytest_relaybench.detect.exact import ROUNDING
from pytest_relaybench.history.table import SERIES_COLUMNS, Table
from pytest_relaybench.incidents import Incidents, Member
from pytest_relaybench.render.format import NO_CHANGE, change_text

from ..headline import NOT_TIME, verdict_text
from ..series import History
from .lines import Line, SeriesKey
from .measured import Measured

WORDS = {kind.value: word for kind, word in NOT_TIME.items()}
CHANGED = "changed"  # of what is neither better nor worse
SAME_CHANGE = 3  # runs by which two sources may date a change differently
MOST_MARKS = 40  # of a line; the newest
LARGEST = 700.0  # logarithm of a ratio that is still a float

Members = Mapping[str, Mapping[SeriesKey, Sequence[Member]]]


@dataclass(frozen=True)
class Mark:
    """A change that began in the run `run`; `kind` is a verdict's, or CHANGED, `text` begins with the word for it."""

    run: str
    kind: str
    text: str

    @property
    def word(self) -> str:
        """In one word."""
        return self.text.partition(" ")[0]


@dataclass(frozen=True)
class Seen:
    """What is known of an experiment's changes; a step is its run and the natural logarithm of its ratio."""

    steps: Mapping[SeriesKey, Sequence[tuple[str, float]]]
    members: Mapping[SeriesKey, Sequence[Member]]
    history: History = field(repr=False)

    def marks(self, chart: Measured, place: int) -> list[Mark]:
        """The newest changes of one line of the chart, oldest first; runs that the chart does not have are left out."""
        line = chart.lines[place]
        sources = (
            list(_tonight(line, self.history)),
            [Mark(m.since_run, m.kind, _text(m.kind, m.ratio, m.unit)) for m in self.members.get(line.key, ())],
            list(_exact_marks(chart, place)),
            [_mark(line, chart.unit, run, math.exp(min(step, LARGEST))) for run, step in self.steps.get(line.key, ())],
        )
        if not any(sources):
            return []
        found: dict[int, Mark] = {}
        for source in sources:
            placed = [(chart.place_of[mark.run], mark) for mark in source if mark.run in chart.place_of]
            new = {at: mark for at, mark in placed if not any(abs(at - other) <= SAME_CHANGE for other in found)}
            found |= new
        return [found[at] for at in sorted(found)][-MOST_MARKS:]


def members_of(incidents: Incidents) -> Members:
    """Experiment → series → how the incidents tell of it, the newest incident last."""
    found: dict[str, dict[SeriesKey, list[Member]]] = defaultdict(lambda: defaultdict(list))
    for incident in reversed(incidents.all):
        for member in incident.members:
            experiment, *key = member.series
            found[experiment][tuple(key)].append(member)  # type: ignore[index]
    return found


def seen_of(table: Table, experiment: str, machines: Sequence[str], members: Members, history: History) -> Seen:
    """What detection and incidents tell of one experiment on these machines."""
    steps: dict[SeriesKey, list[tuple[str, float]]] = defaultdict(list)
    for machine in machines:
        _, kept = table.steps(experiment, machine)
        columns = [kept[name] for name in (*SERIES_COLUMNS[1:], "start_run", "difference")]
        for *key, run, difference in zip(*columns, strict=True):
            steps[tuple(key)].append((run, float(difference)))
    return Seen(steps, members.get(experiment, {}), history)


def _tonight(line: Line, history: History) -> Iterator[Mark]:
    series = line.series
    if series is not None and series.directional and series.verdict.since is not None:
        yield Mark(history.nights[series.verdict.since], series.verdict.kind.value, verdict_text(history, series))


def _exact_marks(chart: Measured, place: int) -> Iterator[Mark]:
    """The nights on which an exact value differs from the one before, as `judge_exact` has it."""
    nights = np.flatnonzero(chart.exact[place])
    if nights.size < 2:
        return
    known = chart.values[place, nights]
    differs = np.abs(np.diff(known)) > ROUNDING * np.maximum(np.abs(known[1:]), np.abs(known[:-1]))
    pairs = list(pairwise(known.tolist()))
    for at in np.flatnonzero(differs)[-MOST_MARKS:]:
        old, new = pairs[at]
        yield _mark(chart.lines[place], chart.unit, chart.runs[nights[at + 1]], _ratio(new, old))


def _ratio(new: float, old: float) -> float:
    """New over old; of what is not positive only the way it went."""
    if new > 0 and old > 0:
        return new / old
    return math.inf if new > old else 0.0


def _mark(line: Line, unit: str, run: str, ratio: float) -> Mark:
    better = {"lower": ratio < 1, "higher": ratio > 1}.get(line.direction)
    kind = CHANGED if better is None else Kind.FASTER.value if better else Kind.SLOWER.value
    return Mark(run, kind, _text(kind, ratio, unit))


def _text(kind: str, ratio: float, unit: str) -> str:
    word = kind if unit == "s" or kind == CHANGED else WORDS.get(kind, kind)
    if not math.isfinite(ratio) or ratio <= 0:
        return word
    return f"{word} {change_text(ratio) if abs(ratio - 1) >= NO_CHANGE else 'by less than 0.1 %'}"
