"""What changed: series whose verdict is news, with the evidence and the incident that holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_relaybench.detect import Kind
from pytest_relaybench.history.records import canonical
from pytest_relaybench.incidents import Incident, Nature
from pytest_relaybench.incidents.incident import SeriesKey
from pytest_relaybench.judging.verdicts import ABSENT
from pytest_relaybench.render.format import NO_VALUE, change_text, day_text, run_time

from ..experiments import Experiment
from ..headline import interval_text, verdict_word
from ..inert import slug
from ..series import History, Series

MOST_SHOWN = 25
TONES = {Kind.SLOWER: "worse", Kind.FASTER: "better"}


@dataclass(frozen=True)
class Changed:
    """One series in words; `incident` is the id of the one that holds it, empty where none does."""

    series: Series
    label: str
    change: str
    interval: str
    since: str
    incident: str

    @property
    def word(self) -> str:
        """The verdict."""
        return verdict_word(self.series)

    @property
    def tone(self) -> str:
        """CSS class of its change."""
        return TONES.get(self.series.verdict.kind, "")

    @property
    def page(self) -> str:
        """The incident's page, as seen from an experiment's."""
        return f"../incidents/{slug(self.incident)}.html"


@dataclass(frozen=True)
class Changes:
    """The gravest first; `more` is how many are left out."""

    rows: Sequence[Changed] = ()
    more: int = 0

    @property
    def has_incidents(self) -> bool:
        """Whether any row leads to one."""
        return any(row.incident for row in self.rows)

    @property
    def has_reasons(self) -> bool:
        """Whether any row says more than its numbers."""
        return any(row.series.reason for row in self.rows)


def changes_of(experiment: Experiment, incidents: Iterable[Incident]) -> Changes:
    """The series whose verdict somebody should read."""
    history, found = experiment.history, experiment.judgement.changed
    live = [incident for incident in incidents if incident.is_live]
    held = _Held(_by_series(live), {one.case.text: one.id for one in live if one.nature == Nature.MACHINE})
    rows = [_row(history, one, held.of(experiment.name, history, one)) for one in found[:MOST_SHOWN]]
    return Changes(rows, len(found) - len(rows))


@dataclass(frozen=True)
class _Held:
    """The live incidents by series, and the machine's by what they say."""

    series: Mapping[SeriesKey, str]
    events: Mapping[str, str]

    def of(self, experiment: str, history: History, one: Series) -> str:
        """The id of the incident that holds a series; what became better is in none."""
        if one.verdict.kind == Kind.FASTER:
            return ""
        if one.verdict.kind == Kind.MACHINE:
            return self.events.get(one.reason, "") if one.reason else ""
        key = (experiment, one.test, canonical(one.params), one.metric, one.variant, history.machine)
        return self.series.get(key, "")


def _by_series(incidents: Sequence[Incident]) -> Mapping[SeriesKey, str]:
    """Series → the newest incident in which it has not recovered; `incidents` are the newest first."""
    return {one.series: incident.id for incident in reversed(incidents) for one in incident.case.pending}


def _row(history: History, series: Series, incident: str) -> Changed:
    verdict = series.verdict
    begun = run_time(history.nights[verdict.since]) if verdict.since is not None else None
    is_known = math.isfinite(verdict.ratio) and verdict.kind not in ABSENT
    return Changed(
        series=series,
        label=history.label(series),
        change=change_text(verdict.ratio) if is_known else NO_VALUE,
        interval=(interval_text(verdict.ci) if is_known else "") or NO_VALUE,
        since=day_text(begun),
        incident=incident,
    )
