"""What happened to a machine, as one incident each: the event tells it, the series that it explains are its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..judging.verdicts import MachineEvent
from .following import Tonight
from .ids import free_id
from .incident import Case, Member, Nature
from .regressions import key_of, member_of

WITHIN = 3  # nights by which the same event may be dated differently the next night


def with_machine_events(cases: Sequence[Case], events: Sequence[MachineEvent], tonight: Tonight) -> list[Case]:
    """The cases with one for each event: the one that it has already, with what it now says, or a new one."""
    found = list(cases)
    for event in events:
        members = _members(event, tonight)
        place = next((place for place, case in enumerate(found) if _is_of(case, event, tonight)), None)
        if place is None:
            found.append(_begun(event, members, found, tonight.run_id))
        elif found[place].ended_run is None:
            here = {member.series for member in found[place].members}
            new = tuple(member for member in members if member.series not in here)
            found[place] = replace(found[place], text=event.text, members=(*found[place].members, *new))
    return found


def _members(event: MachineEvent, tonight: Tonight) -> tuple[Member, ...]:
    """The series whose change the event explains tonight."""
    return tuple(
        member_of(row, tonight.nights.get(key_of(row)), tonight.run_id)
        for row in tonight.rows.values()
        if event.explains(row)
    )


def _begun(event: MachineEvent, members: tuple[Member, ...], known: Sequence[Case], run_id: str) -> Case:
    return Case(
        id=free_id(event.run_id, known),
        nature=Nature.MACHINE,
        first_seen=run_id,
        members=members,
        text=event.text,
        machine=event.machine,
        cause=event.cause,
        began=event.run_id,
    )


def _is_of(case: Case, event: MachineEvent, tonight: Tonight) -> bool:
    same = case.nature == Nature.MACHINE and (case.machine, case.cause) == (event.machine, event.cause)
    return same and abs(tonight.number(case.began) - tonight.number(event.run_id)) <= WITHIN
