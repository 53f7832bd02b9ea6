"""What a night changes in the incidents that there are: recovered, worse again, or the same with newer numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..detect import Kind
from ..detect.grouping import SLACK
from .incident import Case, Member, Nature, SeriesKey
from .levels import EMPTY, NIGHTS_BACK, Nights, is_back, is_worse, median
from .regressions import Row, is_removed, nature_of, refreshed

STANDS = 14  # nights for which a verdict stands, and within which what was fixed is the same incident when it returns

Reference = Callable[[Case, Member], float]  # the level that a member is known to have, accepted or seen


@dataclass(frozen=True)
class Tonight:
    """One night as incidents see it: the verdicts by series, the values behind them, all runs of the home in order."""

    run_id: str
    rows: Mapping[SeriesKey, Row]
    nights: Mapping[SeriesKey, Nights]
    runs: Sequence[str]

    def number(self, run_id: str) -> int:
        """The place of a run among those of the home."""
        return bisect_left(self.runs, run_id)

    def is_recent(self, run_id: str) -> bool:
        """Whether a run is among the newest 14."""
        return self.number(self.run_id) - self.number(run_id) <= STANDS


def follow(cases: Sequence[Case], tonight: Tonight, reference: Reference) -> tuple[list[Case], list[Row]]:
    """The cases after tonight, and the rows of bad news that belong to none of them.

    A series that tonight has no verdict on stays as it was. The newest case of a series takes its news first.
    """
    free = {key: row for key, row in tonight.rows.items() if nature_of(row) not in (None, Nature.MACHINE)}
    followed = {}
    for case in sorted(cases, key=lambda one: (one.first_seen, one.id), reverse=True):
        followed[case.id] = _followed(case, tonight, reference, free)
    return [followed[case.id] for case in cases], list(free.values())


def _followed(case: Case, tonight: Tonight, reference: Reference, free: dict[SeriesKey, Row]) -> Case:
    if case.nature == Nature.MACHINE:
        return _machine_followed(case, tonight)
    was_fixed = case.recovered_run is not None
    members = tuple(_member_followed(case, member, tonight, reference, free) for member in case.members)
    after = replace(case, members=members)
    if was_fixed and after.recovered_run is None:
        return replace(after, reopened_run=tonight.run_id)
    return after


def _member_followed(
    case: Case, member: Member, tonight: Tonight, reference: Reference, free: dict[SeriesKey, Row]
) -> Member:
    row = tonight.rows.get(member.series)
    if row is None:
        return member
    bad = nature_of(row) == case.nature
    if member.recovered_run is not None:
        if not bad or member.series not in free or not tonight.is_recent(member.recovered_run):
            return member
        member = replace(member, recovered_run=None, recovery="")
    if bad:
        if member.series not in free or _is_further(case, member, row, tonight, reference):
            return member
        return refreshed(member, free.pop(member.series), tonight.nights.get(member.series))
    how = _recovery(case, member, row, tonight.nights.get(member.series) or EMPTY)
    return replace(member, recovered_run=tonight.run_id, recovery=how) if how else member


def _is_further(case: Case, member: Member, row: Row, tonight: Tonight, reference: Reference) -> bool:
    """Whether it became worse once more, later, beyond the level that it is known to have."""
    since = row["since"]
    if case.nature != Nature.SLOWER or not isinstance(since, str):
        return False
    if tonight.number(since) - tonight.number(member.since_run) <= SLACK:
        return False
    level = median((tonight.nights.get(member.series) or EMPTY).since(since))
    return is_worse(level, reference(case, member), member)


def _recovery(case: Case, member: Member, row: Row, nights: Nights) -> str:
    """How it recovered, in words; empty when it did not."""
    kind = Kind(row["kind"])
    if is_removed(row):
        return str(row["reason"])
    if kind == Kind.MACHINE:
        return f"not the code: {row['reason']}" if case.nature == Nature.SLOWER else ""
    if case.nature == Nature.GONE:
        return "" if kind in (Kind.MISSING, Kind.BROKEN) else "measured again"
    if kind == Kind.FASTER and isinstance(row["since"], str) and row["since"] > member.since_run:
        return "faster, back at its old level" if is_back(median(nights.since(row["since"])), member) else ""
    enough = 1 if member.deterministic else NIGHTS_BACK
    newest = nights.since(member.since_run)[-enough:]
    if len(newest) == enough and all(is_back(value, member) for value in newest):
        return "back at its old level"
    return ""


def _machine_followed(case: Case, tonight: Tonight) -> Case:
    """It ends when none of its series says `machine` any more, since they are judged anew; without any, in time."""
    members = tuple(
        replace(member, recovered_run=tonight.run_id, recovery="judged anew")
        if member.recovered_run is None and (row := tonight.rows.get(member.series)) and row["kind"] != Kind.MACHINE
        else member
        for member in case.members
    )
    after = replace(case, members=members)
    over = not after.pending and (bool(members) or not tonight.is_recent(case.first_seen))
    return replace(after, ended_run=after.ended_run or tonight.run_id) if over else after
