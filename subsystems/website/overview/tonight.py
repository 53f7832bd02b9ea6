"""Tonight in one line: whether everything is in order, and what there is of each trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_relaybench.detect import Kind
from pytest_relaybench.detect.latest import ENOUGH_HISTORY
from pytest_relaybench.history.records import canonical
from pytest_relaybench.render.format import duration_text

from ..experiments import Experiment, State
from ..machine_news import MachineNews
from ..series import Series
from ..site import Site
from ..templates import machine_words


@dataclass(frozen=True)
class Fact:
    """A number with its name; `tone` is a CSS class, `more` what is to be said beside it."""

    name: str
    value: str
    tone: str = ""
    more: str = ""


@dataclass(frozen=True)
class Tonight:
    """The answer to the first question, and the numbers that it follows from."""

    answer: str
    tone: str
    alarm: str
    facts: Sequence[Fact]
    machine: str
    place: str  # of the run on the site, empty where it has none


def tonight_of(site: Site, news: Sequence[MachineNews]) -> Tonight:
    """Of the newest run."""
    night = next((night for night in site.nights if night.run_id == site.dashboard.run_id), None)
    alarm = night.alarm if night else ""
    trouble = list(_troubles(site, news))
    facts = [Fact("experiments", str(len(site.experiments))), *trouble, *_rest(site.experiments)]
    if night and night.duration_s is not None:
        facts.append(Fact("took", duration_text(night.duration_s)))
    answer, tone = _answer(site, alarm, trouble)
    return Tonight(answer, tone, alarm, facts, _machine(site), f"runs.html#{night.anchor}" if night else "")


def _answer(site: Site, alarm: str, trouble: Sequence[Fact]) -> tuple[str, str]:
    """In words, with the CSS class that goes with them."""
    tones = {fact.tone for fact in trouble}
    if alarm:
        return alarm.partition(":")[0], "rb-bad"
    if "rb-bad" in tones or site.told.waiting:
        return "Somebody should look", "rb-bad"
    if "rb-warn" in tones:
        return "Not quite in order", "rb-warn"
    nights = max((len(e.history.nights) for e in site.experiments), default=0)
    if nights <= 1:
        return "First run, nothing to compare yet", ""
    return ("All in order", "rb-good") if nights >= ENOUGH_HISTORY else ("In order so far", "rb-good")


def _troubles(site: Site, news: Sequence[MachineNews]) -> Iterator[Fact]:
    """What nobody needs to hear of when it is none is left out; the first three always stand there."""
    active = [e for e in site.experiments if e.state != State.INACTIVE]
    judged = [(e, s) for e in active for s in e.history.series if s.directional or s.missing]
    kinds = Counter(series.verdict.kind for _, series in judged)
    decided = sum(_is_decided(site, e, s) for e, s in judged if s.verdict.kind == Kind.SLOWER)
    failed = sum(e.state == State.FAILED for e in active)
    absent = sum(e.state == State.ABSENT for e in active)
    # what disturbed an experiment that is not in this run was on another night
    remarks = len(news) + sum(bool(e.disturbances) for e in active if e.state != State.ABSENT)
    yield Fact("failed", _none(failed), "rb-bad" if failed else "")
    open_ = kinds[Kind.SLOWER] - decided
    yield Fact("regressions", _none(open_), "rb-bad" if open_ else "", f"{decided} decided" if decided else "")
    if kinds[Kind.BROKEN]:
        yield Fact("broken", str(kinds[Kind.BROKEN]), "rb-bad")
    yield Fact("missing", _none(kinds[Kind.MISSING]), "rb-warn" if kinds[Kind.MISSING] else "")
    if absent:
        yield Fact("not in this run", str(absent), "rb-warn")
    if kinds[Kind.MACHINE]:
        yield Fact("held back", str(kinds[Kind.MACHINE]), "rb-warn")
    yield Fact("machine remarks", _none(remarks), "rb-warn" if remarks else "")


def _rest(experiments: Sequence[Experiment]) -> Iterator[Fact]:
    """What is no trouble."""
    better = sum(s.verdict.kind == Kind.FASTER for e in experiments for s in e.history.series)
    if better:
        yield Fact("improvements", str(better))
    for state in (State.NEVER, State.INACTIVE):
        count = sum(e.state == state for e in experiments)
        if count:
            yield Fact(state.value, str(count))


def _is_decided(site: Site, experiment: Experiment, series: Series) -> bool:
    """Whether somebody has said that this change is all right, or that nobody is to hear of it."""
    machine = experiment.history.machine
    key = (experiment.name, series.test, canonical(series.params), series.metric, series.variant, machine)
    return site.told.incidents.is_accepted(key) or site.told.incidents.is_muted(key)


def _machine(site: Site) -> str:
    """That of the newest run, as its record tells where the run itself does not."""
    night = next((night for night in site.nights if night.run_id == site.dashboard.run_id), None)
    if night is not None and night.machine:
        return machine_words(night.machine)
    newest = max((e.record for e in site.experiments if e.record), key=lambda record: record.run_id, default=None)
    return machine_words(newest.machine) if newest else ""


def _none(count: int) -> str:
    return str(count) if count else "none"
