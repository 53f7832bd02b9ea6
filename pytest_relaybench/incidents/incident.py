"""What an incident is: its series, how they fared, its state, and what people said of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from .decisions import Decision

SeriesKey = tuple[str, ...]  # as history.table.SERIES_COLUMNS: experiment, test, params, metric, variant, machine

_READING = ConfigDict(extra="forbid", allow_inf_nan=True)


class Nature(StrEnum):
    """What sort of news an incident is; regressions of unlike nature are never one incident."""

    SLOWER = "slower"  # worse by whatever the metric counts
    GONE = "gone"  # missing or broken
    MACHINE = "machine"  # the machine changed, not the code


class State(StrEnum):
    """Where an incident stands; the value is the word that people read."""

    NEW = "new"  # first told in the newest run
    OPEN = "open"
    REOPENED = "reopened"  # worse again after it was fixed, or the acceptance has expired
    ACKNOWLEDGED = "acknowledged"  # somebody is looking
    ACCEPTED = "accepted"  # its level is the new baseline
    FIXED = "fixed"  # every series has recovered


WAITING = (State.NEW, State.REOPENED, State.OPEN)  # nobody has said anything of it yet


@dataclass(frozen=True)
class Member:
    """One series of an incident. Values are in `unit`; NaN is a value that is not known.

    `before` is its level before `since_run`, `spread` how far nights stray from that, as a share of it; `level` is
    that since. `recovered_run` is the run that found it recovered, and `recovery` says how.
    """

    __pydantic_config__: ClassVar = _READING

    series: SeriesKey
    kind: str
    unit: str
    direction: str
    since_run: str
    first_seen: str
    hash_before: str | None = None
    hash_after: str | None = None
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan
    before: float = math.nan
    spread: float = math.nan
    level: float = math.nan
    deterministic: bool = False
    reason: str = ""
    recovered_run: str | None = None
    recovery: str = ""


@dataclass(frozen=True)
class Case:
    """An incident as it is kept: all that follows from measurements, nothing that people said.

    `text`, `machine`, `cause` and `began` are of a machine's event (`judging.MachineEvent`).
    `reopened_run` is the run that found it worse again, `ended_run` the one in which a machine's event was over.
    """

    __pydantic_config__: ClassVar = _READING

    id: str
    nature: Nature
    first_seen: str
    members: tuple[Member, ...]
    text: str = ""
    machine: str = ""
    cause: str = ""
    began: str = ""
    reopened_run: str | None = None
    ended_run: str | None = None

    @property
    def pending(self) -> tuple[Member, ...]:
        """The members that have not recovered."""
        return tuple(member for member in self.members if member.recovered_run is None)

    @property
    def since_run(self) -> str:
        """The run in which it began."""
        return self.began or min((member.since_run for member in self.members), default=self.first_seen)

    @property
    def recovered_run(self) -> str | None:
        """The run that found the last of its series recovered, None while one is not."""
        if self.ended_run is not None:
            return self.ended_run
        if self.pending or not self.members or self.nature == Nature.MACHINE:
            return None
        return max(member.recovered_run or "" for member in self.members)


@dataclass(frozen=True)
class Incident:
    """A case with what people decided. `decision` is the newest that holds, or has expired; `mute` one that holds."""

    case: Case
    state: State
    headline: str
    hash_before: str | None
    hash_after: str | None
    decision: Decision | None = None
    mute: Decision | None = None
    accepted: Mapping[SeriesKey, str] = field(default_factory=dict, hash=False)  # of its series, some or all: why

    @property
    def id(self) -> str:
        """As people say it: the day on which it began, and a letter."""
        return self.case.id

    @property
    def nature(self) -> Nature:
        """What sort of news it is."""
        return self.case.nature

    @property
    def members(self) -> tuple[Member, ...]:
        """Its series with their evidence."""
        return self.case.members

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Its series as SERIES_COLUMNS name them."""
        return tuple(member.series for member in self.case.members)

    @property
    def since_run(self) -> str:
        """The run in which it began."""
        return self.case.since_run

    @property
    def first_seen(self) -> str:
        """The run that told it first."""
        return self.case.first_seen

    @property
    def recovered_run(self) -> str | None:
        """The run that found it fixed."""
        return self.case.recovered_run

    @property
    def decided(self) -> str:
        """When people decided, in ISO 8601; empty when they did not."""
        return self.decision.decided.isoformat() if self.decision else ""

    @property
    def why(self) -> str:
        """Their reason."""
        return self.decision.why if self.decision else ""

    @property
    def until(self) -> str:
        """When the decision ends, in ISO 8601; empty when it does not."""
        return self.decision.until.isoformat() if self.decision and self.decision.until else ""

    @property
    def is_live(self) -> bool:
        """Whether a series of it has not recovered."""
        return self.state != State.FIXED

    @property
    def is_muted(self) -> bool:
        """Whether nobody is to be alerted by it."""
        return self.mute is not None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody should look: live, and neither acknowledged nor accepted nor muted."""
        return self.state in WAITING and not self.is_muted


@dataclass(frozen=True)
class Incidents:
    """The incidents of a home as of `run_id`, the newest first.

    `problems` are lines on what could not be read: a decision, or the kept incidents themselves.
    """

    run_id: str = ""
    all: tuple[Incident, ...] = ()
    mutes: tuple[Decision, ...] = ()
    problems: tuple[str, ...] = ()

    def of(self, series: Sequence[str]) -> Incident | None:
        """The newest live incident that the series has not recovered from; None for a series without one."""
        return next((one for one in self.live() if any(m.series == tuple(series) for m in one.case.pending)), None)

    def of_id(self, incident_id: str) -> Incident | None:
        """The incident of this id."""
        return next((one for one in self.all if one.id == incident_id), None)

    def is_accepted(self, series: Sequence[str]) -> bool:
        """Whether the series' change for the worse is its new baseline."""
        found = self.of(series)
        return found is not None and tuple(series) in found.accepted

    def why_accepted(self, series: Sequence[str]) -> str:
        """The reason that people gave; empty for what nobody accepted."""
        found = self.of(series)
        return found.accepted.get(tuple(series), "") if found else ""

    def is_muted(self, series: Sequence[str]) -> bool:
        """Whether nobody is to be alerted by this series, whether it has an incident or not."""
        return self.mute_of(series) is not None

    def mute_of(self, series: Sequence[str]) -> Decision | None:
        """The newest mute of this series or of its incident that holds; None where it is not muted."""
        found = self.of(series)
        own = next((mute for mute in reversed(self.mutes) if mute.covers(tuple(series))), None)
        return own or (found.mute if found else None)

    def live(self) -> tuple[Incident, ...]:
        """Those that are not fixed, muted ones included."""
        return tuple(one for one in self.all if one.is_live)

    def waiting(self) -> Iterator[Incident]:
        """Those that somebody should look at."""
        return (one for one in self.all if one.is_waiting)
