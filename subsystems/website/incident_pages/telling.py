"""An incident in words: state, when, what people decided, and a row for each of its series."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Decision, Incident, Member, Nature, State
from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.render.format import NO_VALUE, change_text, count_text, day_text, run_time, value_text

from ..evidence import Evidence
from ..inert import slug
from ..measured_again import Again
from .commits import Commits, commits_of

MOST_NAMED = 3  # series of one incident, where its page is one click away
DECIDED = {"accept": "Accepted", "ack": "Acknowledged", "mute": "Muted"}
STYLES = {
    State.NEW: "failed",
    State.REOPENED: "failed",
    State.OPEN: "failed",
    State.ACKNOWLEDGED: "absent",
    State.ACCEPTED: "unsure",
    State.FIXED: "fine",
}


@dataclass(frozen=True)
class SeriesRow:
    """One series of an incident in words; `slug` is of its experiment's page, empty where there is none."""

    member: Member
    name: str
    slug: str
    kind: str
    change: str
    interval: str
    levels: str
    since: str
    reason: str
    recovered: str
    ratio: float
    again: Again | None


@dataclass(frozen=True)
class Shown:
    """One incident as pages show it."""

    incident: Incident
    style: str
    rows: Sequence[SeriesRow]
    commits: Commits | None
    since: str
    first_seen: str
    recovered: str
    reason: str  # when all series have the same
    told: Sequence[str]  # what people said, one sentence a decision
    recoveries: Sequence[str]  # how its series recovered, each way once

    @property
    def file(self) -> str:
        """Its page's name without an ending."""
        return slug(self.incident.id)

    @property
    def worst(self) -> Sequence[SeriesRow]:
        """The series to name first."""
        return self.rows[:MOST_NAMED]

    @property
    def has_levels(self) -> bool:
        """Whether a level of any series is known: not of what is gone."""
        return any(row.levels for row in self.rows)

    @property
    def has_ratio(self) -> bool:
        """Whether the size of a change is known: not of what is gone."""
        return any(row.change for row in self.rows)

    @property
    def has_remarks(self) -> bool:
        """Whether a row says more than its numbers."""
        return any(row.recovered or (row.reason and not self.reason) for row in self.rows)

    @property
    def has_again(self) -> bool:
        """Whether a series of it was measured again."""
        return any(row.again for row in self.rows)

    @property
    def can_be_accepted(self) -> bool:
        """Whether a level of it could be a baseline: a machine's event has none."""
        return self.incident.nature != Nature.MACHINE


def shown_of(home: Home, incident: Incident, slugs: Mapping[str, str], evidence: Evidence) -> Shown:
    """The incident in words; `slugs` are the names of the experiments' pages."""
    rows = sorted((_row(member, slugs, evidence, incident.recovered_run) for member in incident.members), key=_weight)
    decisions = [one for one in (incident.decision, incident.mute) if one is not None]
    return Shown(
        incident=incident,
        style="machine" if incident.nature == Nature.MACHINE and incident.is_live else STYLES[incident.state],
        rows=rows,
        commits=commits_of(home, incident),
        since=_day(incident.since_run),
        first_seen=_day(incident.first_seen),
        recovered=_day(incident.recovered_run or ""),
        reason=_shared({row.reason for row in rows}, incident.headline),
        told=[decision_text(one) for one in decisions],
        recoveries=_recoveries(incident),
    )


def decision_text(decision: Decision) -> str:
    """`Accepted by Ada on 2026-11-22, until 2026-12-01: as agreed`."""
    until = f", until {decision.until:%Y-%m-%d}" if decision.until else ""
    return f"{DECIDED[decision.kind]} by {decision.by} on {decision.decided:%Y-%m-%d}{until}: {decision.why}"


def _shared(reasons: Set[str], headline: str) -> str:
    """The reason that all series have, unless the headline says it."""
    return "" if len(reasons) != 1 or headline in reasons else next(iter(reasons))


def _recoveries(incident: Incident) -> list[str]:
    """`back at its old level`, with the number of series where there are several ways."""
    counts = Counter(member.recovery for member in incident.members if member.recovery)
    if len(counts) == 1:
        return list(counts)
    return [f"{count_text(count, 'series', 'series')}: {how}" for how, count in counts.most_common()]


def _row(member: Member, slugs: Mapping[str, str], evidence: Evidence, until: str | None) -> SeriesRow:
    has_interval = math.isfinite(member.low) and math.isfinite(member.high) and math.isfinite(member.ratio)
    interval = f"[{change_text(member.low)}, {change_text(member.high)}]" if has_interval else ""
    recovered = f"{_day(member.recovered_run)}: {member.recovery}" if member.recovered_run else ""
    return SeriesRow(
        member=member,
        name=series_name(member.series),
        slug=slugs.get(member.series[0], ""),
        kind=member.kind,
        change=change_text(member.ratio) if math.isfinite(member.ratio) else "",
        interval=interval,
        levels=_levels(member),
        since=_day(member.since_run),
        reason=evidence.reason(member) if until is None else member.reason,
        recovered=recovered,
        ratio=member.ratio,
        again=evidence.again(member, until),
    )


def _levels(member: Member) -> str:
    """`12.3 ms → 13.3 ms`; of what is gone the last value."""
    if not math.isfinite(member.before):
        return ""
    before = value_text(member.before, member.unit)
    return f"{before} → {value_text(member.level, member.unit)}" if math.isfinite(member.level) else f"last {before}"


def _weight(row: SeriesRow) -> tuple[bool, float, str]:
    """What has not recovered first, the largest change first."""
    size = abs(math.log(row.ratio)) if math.isfinite(row.ratio) and row.ratio > 0 else 0.0
    return bool(row.recovered), -size, row.name


def _day(run_id: str) -> str:
    moment = run_time(run_id)
    return NO_VALUE if moment is None else day_text(moment)
