"""A night's verdicts into the incidents of a home: what there was goes on, what is new is grouped and named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..detect.grouping import Group, Value, group, values_everywhere
from ..errors import reason_of
from ..history.table import Table, measured_here
from ..home import Home
from ..judging.keeping import read_verdicts
from ..judging.verdicts import Verdicts
from ..render.format import run_time
from ..times import utc_now
from .decisions import Decision, read_decisions
from .following import Tonight, follow
from .ids import free_id
from .incident import Case, Incidents, Member, Nature, SeriesKey, State
from .keeping import Kept, keep, keep_damaged, read_kept
from .levels import Nights, nights_of
from .machine_events import with_machine_events
from .regressions import Row, key_of, member_of, nature_of, regression_of
from .states import accepted_level, decided


@dataclass(frozen=True)
class Past:
    """All runs of a home in order, and the values of the series that had bad news in one of them."""

    runs: Sequence[str]
    nights: Mapping[SeriesKey, Nights]


def update(home: Home, verdicts: Verdicts, table: Table, now: datetime | None = None) -> Incidents:
    """Take tonight's verdicts in, keep the outcome in `H/results/incidents.json`, and return the incidents.

    The same night again replaces what it said before; a night older than the newest known one changes nothing. Where
    the file is missing or damaged, the incidents are made again from the verdicts of all nights; a damaged one is set
    aside.
    """
    now = now or utc_now()
    kept = read_kept(home)
    decisions, problems = read_decisions(home)
    problems = [*kept.problems, *problems]
    if kept.is_newer or verdicts.run_id < kept.run_id:
        return decided(kept.cases, decisions, run_id=kept.run_id, now=now, problems=problems)
    earlier = [] if kept.is_there else _earlier_nights(home, verdicts.run_id)
    before = kept.before if kept.run_id == verdicts.run_id else kept.cases
    past = _past(table, [*earlier, verdicts], before)
    for night in earlier:
        moment = run_time(night.run_id) or now
        before = after_night(before, night, past, [one for one in decisions if one.decided <= moment], moment)
    cases = after_night(before, verdicts, past, decisions, now)
    if aside := _moved_aside(home, kept, problems):
        problems.append(f"{home.shown(aside)}: the damaged file; incidents were made again from {len(earlier)} nights")
    try:
        keep(home, Kept(verdicts.run_id, cases, before))
    except OSError as error:  # what was measured is safe, and the next night makes them again
        problems.append(f"{home.shown(home.results)}: the incidents cannot be kept: {reason_of(error)}")
    return decided(cases, decisions, run_id=verdicts.run_id, now=now, problems=problems)


def _moved_aside(home: Home, kept: Kept, problems: list[str]) -> Path | None:
    """The damaged file's new path, None where it was none."""
    try:
        return keep_damaged(home) if kept.problems else None
    except OSError as error:
        problems.append(f"{home.shown(home.results)}: the incidents cannot be kept: {reason_of(error)}")
    return None


def after_night(
    cases: Sequence[Case], verdicts: Verdicts, past: Past, decisions: Sequence[Decision], now: datetime
) -> tuple[Case, ...]:
    """The cases after one night, those that began in it last."""
    tonight = _tonight(verdicts, past)

    def reference(case: Case, member: Member) -> float:
        accepted = accepted_level(case, member, decisions, now)
        return member.level if accepted is None else accepted

    followed, news = follow(cases, tonight, reference)
    followed = with_machine_events(followed, verdicts.events, tonight)
    joinable = _joinable(followed, decisions, verdicts.run_id, now)
    return _grouped(followed, joinable, news, tonight)


def _earlier_nights(home: Home, run_id: str) -> list[Verdicts]:
    names = sorted(path.name for path in home.run_dir("").glob("*") if path.name < run_id)
    return [found for name in names if (found := read_verdicts(home, name)) is not None]


def _past(table: Table, nights: Iterable[Verdicts], cases: Iterable[Case]) -> Past:
    frame = table.frame()
    wanted = {member.series for case in cases for member in case.members}
    wanted |= {key_of(row) for night in nights for row in night.frame.to_dict("records") if nature_of(row)}
    return Past(sorted(measured_here(frame)["run_id"].unique()), nights_of(frame, wanted))


def _tonight(verdicts: Verdicts, past: Past) -> Tonight:
    rows: dict[SeriesKey, Row] = {key_of(row): row for row in verdicts.frame.to_dict("records")}
    nights = {key: own.until(verdicts.run_id) for key, own in past.nights.items()}
    runs = sorted({*(run for run in past.runs if run < verdicts.run_id), verdicts.run_id})
    return Tonight(verdicts.run_id, rows, nights, runs)


def _joinable(cases: Sequence[Case], decisions: Sequence[Decision], run_id: str, now: datetime) -> list[Case]:
    """Those that may take in more series: what was accepted, was accepted as it was."""
    states = {one.id: one.state for one in decided(cases, decisions, run_id=run_id, now=now).all}
    closed = (State.FIXED, State.ACCEPTED)
    return [case for case in cases if case.nature != Nature.MACHINE and states[case.id] not in closed]


def _grouped(
    cases: Sequence[Case], joinable: Sequence[Case], news: Sequence[Row], tonight: Tonight
) -> tuple[Case, ...]:
    """The cases with tonight's news: in those that it belongs to, else in new ones."""
    members = {key_of(row): member_of(row, tonight.nights.get(key_of(row)), tonight.run_id) for row in news}
    regressions = [
        regression_of(members[key_of(row)], nature_of(row), tonight.number(members[key_of(row)].since_run))
        for row in news
    ]
    standing = [
        [regression_of(member, case.nature, tonight.number(member.since_run)) for member in case.members]
        for case in joinable
    ]
    joined: dict[str, tuple[Member, ...]] = {}
    begun: list[Case] = []
    for found in group(regressions, standing, _everywhere(tonight)):
        own = tuple(members[one.series] for one in found.members)
        if found.standing is None:
            begun.append(_begun(found, own, [*cases, *begun], tonight.run_id))
        else:
            joined[joinable[found.standing].id] = own
    return (*(replace(case, members=_joined(case.members, joined.get(case.id, ()))) for case in cases), *begun)


def _everywhere(tonight: Tonight) -> frozenset[Value]:
    return values_everywhere([json.loads(key[2]) for key in tonight.rows])


def _joined(members: Sequence[Member], more: Sequence[Member]) -> tuple[Member, ...]:
    """A series that is a member already takes its place again."""
    new = {member.series for member in more}
    return (*(member for member in members if member.series not in new), *more)


def _begun(found: Group, members: tuple[Member, ...], known: Iterable[Case], run_id: str) -> Case:
    since = min(member.since_run for member in members)
    return Case(free_id(since, known), Nature(found.members[0].nature), run_id, members)
