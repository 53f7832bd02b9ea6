"""The lines of an experiment's charts: every series of every machine, and what each is called."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pytest_relaybench.history.records import canonical

from ..natural_order import natural
from ..series import History, Series, param_text, param_word, params_in, short_test

SeriesKey = tuple[str, str, str, str, str]  # test, parameters as the table has them, metric, variant, machine


@dataclass(frozen=True)
class Line:
    """One series as a chart has it; `series` is what the page's tables tell of it, None where they leave it out.

    They leave out what is measured no longer, and other machines than the newest one.
    """

    key: SeriesKey
    params: Mapping[str, Any] = field(hash=False)
    direction: str
    series: Series | None = field(repr=False)
    label: str = ""

    @cached_property
    def id(self) -> str:
        """The same for the same series through all years and pages."""
        return "s" + _hash(self.key)

    @property
    def same(self) -> str:
        """What the same series has on every machine."""
        return _hash(self.key[:-1])

    @property
    def test(self) -> str:
        """The test that measures it."""
        return self.key[0]

    @property
    def variant(self) -> str:
        """The build."""
        return self.key[3]

    @property
    def machine(self) -> str:
        """The machine's id."""
        return self.key[4]


def _hash(key: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(key).encode(errors="replace")).hexdigest()[:12]


class Naming:
    """Finds for a series its place among those of the page's tables, and a short name."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._series = {
            (s.test, canonical(s.params), s.metric, s.variant): (place, s)
            for place, s in enumerate(s for group in history.by_metric().values() for s in group)
        }

    def line(self, key: SeriesKey, direction: str) -> Line:
        """The line of this series, not yet named."""
        test, text, metric, variant, machine = key
        params = params_in(text)
        _, found = self._series.get((test, canonical(params), metric, variant), (0, None))
        return Line(key, params, direction, found if machine == self._history.machine else None)

    def ordered(self, lines: Sequence[Line], machines: Sequence[str]) -> list[int]:
        """Places of the lines in the order of the page: those of its tables first, then machine by machine."""
        return sorted(range(len(lines)), key=lambda place: self._order(lines[place], machines))

    def named(self, lines: Sequence[Line]) -> list[Line]:
        """The lines with labels of which no two are alike."""
        short = [self._label(line) for line in lines]
        longer = [_full_label(line) for line in lines]
        taken, taken_long = Counter(short), Counter(longer)
        named = []
        for line, label, long in zip(lines, short, longer, strict=True):
            if taken[label] > 1:
                label = long if taken_long[long] == 1 else f"{long} ({line.id})"  # noqa: PLW2901
            named.append(replace(line, label=label))
        return named

    def _order(self, line: Line, machines: Sequence[str]) -> tuple[Any, ...]:
        if line.series is not None:
            return 0, self._series[line.test, canonical(line.params), line.key[2], line.variant][0]
        values = [natural(param_text(value)) for value in line.params.values()]
        return 1, machines.index(line.machine), line.test, values, line.key

    def _label(self, line: Line) -> str:
        """As the tables name it, so far as they do."""
        if line.series is not None:
            return self._history.label(line.series)
        common = self._history.common
        told = ((key, value) for key, value in line.params.items() if key not in common or common[key] != value)
        parts = [param_word(key, value) for key, value in told]
        if self._history.has_tests or not self._history.series or not parts:
            parts.insert(0, short_test(line.test))
        if self._history.has_variants:
            parts.append(line.variant)
        if line.machine != self._history.machine:
            parts.append(f"on {line.machine or 'another machine'}")
        return " ".join(parts)


def _full_label(line: Line) -> str:
    params = " ".join(f"{key}={param_text(value)}" for key, value in line.params.items())
    return " ".join(filter(None, [short_test(line.test), params, line.variant, line.machine]))
