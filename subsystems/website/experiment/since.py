"""Since when facts are as they are, from what each run knew of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_relaybench.render.format import day_text, run_time

Facts = Mapping[str, Any]  # what → its value, which can be compared


@dataclass(frozen=True)
class Fact:
    """One thing as the newest run has it, since the run `since`; `before` is what it was until then, None: nothing."""

    name: str
    value: Any
    since: str
    before: Any = None

    @property
    def since_day(self) -> str:
        """As a date."""
        return day_text(run_time(self.since))


@dataclass(frozen=True)
class States:
    """Runs with what they knew, oldest first: only those in which something differs from the run before."""

    changes: Sequence[tuple[str, Facts]]
    newest: str  # the last run of all

    @property
    def facts(self) -> list[Fact]:
        """What the newest run knew. A run that does not know a thing, as one of an older program, changed nothing."""
        return [self._fact(name, value) for name, value in self._now.items()]

    @property
    def gone(self) -> Facts:
        """What the run before knew and the newest does not."""
        return {name: value for name, value in self._before.items() if name not in self._now}

    @property
    def appeared(self) -> Facts:
        """What the newest run knows and the run before did not, where there was one that knew anything."""
        return {name: value for name, value in self._now.items() if self._before and name not in self._before}

    @property
    def _now(self) -> Facts:
        return self.changes[-1][1] if self.changes else {}

    @property
    def _before(self) -> Facts:
        """What the run before the newest knew; empty where that is the same."""
        is_fresh = len(self.changes) > 1 and self.changes[-1][0] == self.newest
        return self.changes[-2][1] if is_fresh else {}

    def _fact(self, name: str, value: Any) -> Fact:
        since = self.changes[-1][0]
        for run, facts in reversed(self.changes):
            if name in facts and facts[name] != value:
                return Fact(name, value, since, facts[name])
            since = run if name in facts else since
        return Fact(name, value, since)


def states_of(nights: Iterable[tuple[str, Facts]]) -> States:
    """From run and what it knew, oldest first."""
    changes: list[tuple[str, Facts]] = []
    run = ""
    for run, facts in nights:
        if not changes or changes[-1][1] != facts:
            changes.append((run, facts))
    return States(changes, run)
