"""The state of an incident: what was measured, and what people decided since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from ..detect.grouping import shared
from ..render.format import run_time
from .decisions import Decision
from .headline import headline_of
from .incident import Case, Incident, Incidents, Member, State
from .regressions import regression_of


class _Mark(StrEnum):
    """What the newest decision makes of one member."""

    NONE = "none"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


def decided(
    cases: Iterable[Case],
    decisions: Sequence[Decision],
    *,
    run_id: str,
    now: datetime,
    problems: Sequence[str] = (),
) -> Incidents:
    """The cases with what the decisions, the oldest first, make of them at the moment `now`; the newest case first."""
    found = [_incident(case, decisions, run_id, now) for case in cases]
    mutes = tuple(one for one in decisions if one.kind == "mute" and one.holds(now))
    ordered = sorted(found, key=lambda one: (one.first_seen, one.id), reverse=True)
    return Incidents(run_id, tuple(ordered), mutes, tuple(problems))


def decision_on(case: Case, member: Member, decisions: Sequence[Decision]) -> Decision | None:
    """The newest acceptance or acknowledgement of this member's change, None when there is none.

    What came after a decision is not decided: the case was reopened, or the series was found later. Only who looks at
    an incident, looks at what joins it, too.
    """
    return next((one for one in reversed(decisions) if _is_on(one, case, member)), None)


def _is_on(decision: Decision, case: Case, member: Member) -> bool:
    if decision.kind == "mute" or not decision.covers(member.series, case.id):
        return False
    follows = decision.kind == "ack" and decision.subject == case.id
    told = max(case.reopened_run or "", case.first_seen if follows else member.first_seen)
    moment = run_time(told)
    return moment is None or moment <= decision.decided


def accepted_level(case: Case, member: Member, decisions: Sequence[Decision], now: datetime) -> float | None:
    """The level that is this member's new baseline, None when none was accepted."""
    newest = decision_on(case, member, decisions)
    if newest is None or newest.kind != "accept" or not newest.holds(now):
        return None
    level = newest.level_of(member.series)
    return member.level if level is None else level


def _incident(case: Case, decisions: Sequence[Decision], run_id: str, now: datetime) -> Incident:
    pending = case.pending or case.members
    told = [decision_on(case, member, decisions) for member in pending] or [_newest_on(case, decisions)]
    marks = [_mark(one, now) for one in told]
    commits = _commits(case, pending)
    return Incident(
        case=case,
        state=_state(case, marks, run_id),
        headline=headline_of(case, commits),
        hash_before=commits[0] if commits else None,
        hash_after=commits[1] if commits else None,
        decision=max(filter(None, told), key=lambda one: one.decided, default=None),
        mute=_mute(case, pending, decisions, now),
        accepted={
            member.series: decision.why
            for member, decision in zip(pending, told, strict=False)
            if decision is not None and _mark(decision, now) == _Mark.ACCEPTED
        },
    )


def _commits(case: Case, members: Sequence[Member]) -> tuple[str, str] | None:
    """The builds between which it happened, where all members tell of such."""
    starts = sorted({member.since_run for member in members})
    return (
        shared([regression_of(m, case.nature, starts.index(m.since_run)) for m in members]).commits if starts else None
    )


def _newest_on(case: Case, decisions: Sequence[Decision]) -> Decision | None:
    """Of a machine's event without series: what was decided on it by its id."""
    return next((one for one in reversed(decisions) if one.kind != "mute" and one.subject == case.id), None)


def _mark(decision: Decision | None, now: datetime) -> _Mark:
    if decision is None:
        return _Mark.NONE
    if decision.kind == "accept":
        return _Mark.ACCEPTED if decision.holds(now) else _Mark.EXPIRED
    return _Mark.ACKNOWLEDGED if decision.holds(now) else _Mark.NONE


def _state(case: Case, marks: Sequence[_Mark], run_id: str) -> State:
    if case.recovered_run is not None:
        return State.FIXED
    known = set(marks)
    if known and known <= {_Mark.ACCEPTED}:
        return State.ACCEPTED
    if known and known <= {_Mark.ACCEPTED, _Mark.ACKNOWLEDGED}:
        return State.ACKNOWLEDGED
    if _Mark.EXPIRED in known or case.reopened_run is not None:
        return State.REOPENED
    return State.NEW if case.first_seen == run_id else State.OPEN


def _mute(case: Case, members: Sequence[Member], decisions: Sequence[Decision], now: datetime) -> Decision | None:
    """The newest mute that holds, when all of the incident's series are muted."""
    mutes = [one for one in decisions if one.kind == "mute" and one.holds(now)]
    if not members:
        return next((one for one in reversed(mutes) if one.subject == case.id), None)
    own = [next((one for one in reversed(mutes) if one.covers(m.series, case.id)), None) for m in members]
    known = [one for one in own if one is not None]
    return max(known, key=lambda one: one.decided) if len(known) == len(own) else None
