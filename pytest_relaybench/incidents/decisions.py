"""What people said about incidents: one TOML file each in `H/decisions`, meant for review in git."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import Field, field_validator

from ..errors import ConfigError, Fault
from ..files import read_regular, write_text
from ..home import Home
from ..reading import parse_config
from ..render.format import parse_time
from ..strict_model import StrictModel
from .naming import names_series

SCHEMA = 1
FOLDER = "decisions"
INCIDENT_ID = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z]+")  # as ids.py makes them
_ODD = re.compile(r"[^A-Za-z0-9.]+")

Kind = Literal["accept", "ack", "mute"]


class Level(StrictModel):
    """The level of one series that was accepted; `machine` is empty where any is meant."""

    series: str = Field(min_length=1)
    machine: str = ""
    value: float
    unit: str = ""

    def is_of(self, series: Sequence[str]) -> bool:
        """Whether it is this series' level."""
        return names_series(self.series, series) and self.machine in ("", series[-1])


class DecisionFile(StrictModel):
    """`H/decisions/*.toml`: an incident's id or a pattern of series as `subject`, the kind of decision, and why."""

    layout: Literal[1] = Field(alias="schema")
    kind: Kind
    subject: str = Field(min_length=1)
    why: str = Field(min_length=1)
    by: str = Field(min_length=1)
    decided: datetime
    until: datetime | None = None
    levels: list[Level] = Field(default=[])

    @field_validator("decided", "until", mode="before")
    @classmethod
    def _a_moment(cls, value: object) -> object:
        """Also in quotes, as people write it by hand."""
        if not isinstance(value, str):
            return value
        moment = parse_time(value)
        if moment is None:
            raise ValueError("should be a time, or a day as in 2026-12-01")
        return moment


@dataclass(frozen=True)
class Decision:
    """One decision. Times are UTC; it holds until `until`, which is midnight where only a day was given."""

    kind: Kind
    subject: str
    why: str
    by: str
    decided: datetime
    until: datetime | None = None
    levels: tuple[Level, ...] = ()
    file: str = ""

    @property
    def is_of_an_incident(self) -> bool:
        """Whether the subject is an incident's id, and not a pattern of series."""
        return INCIDENT_ID.fullmatch(self.subject) is not None

    def holds(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.until is None or now < self.until

    def covers(self, series: Sequence[str], incident_id: str = "") -> bool:
        """Whether it is about this series, or about this incident."""
        return self.subject == incident_id or (not self.is_of_an_incident and names_series(self.subject, series))

    def level_of(self, series: Sequence[str]) -> float | None:
        """The level of the series that was accepted, None when the file names none."""
        return next((level.value for level in self.levels if level.is_of(series)), None)


def decisions_folder(home: Home) -> Path:
    """Where decisions lie."""
    return home.root / FOLDER


def read_decisions(home: Home) -> tuple[list[Decision], list[str]]:
    """All decisions, the oldest first, and a line for each fault of a file that is none: the others count."""
    found, problems = [], []
    for path in sorted(decisions_folder(home).glob("*.toml")):
        try:
            found.append(read_decision(path, home.shown(path)))
        except ConfigError as error:
            problems += [str(fault) for fault in error.faults]
    return sorted(found, key=lambda one: (one.decided, one.file)), problems


def read_decision(path: Path, shown_as: str) -> Decision:
    """The decision in the file; raises ConfigError with every fault, the file called `shown_as`."""
    try:
        content = tomllib.loads(read_regular(path).decode())
        text = json.dumps(content, default=_iso)
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError([Fault(shown_as, "", "", f"the file cannot be read: {error}")]) from None
    except (ValueError, OverflowError) as error:  # a number of thousands of digits, a day before the first
        raise ConfigError([Fault(shown_as, "", "", f"not valid TOML: {error}")]) from None
    file = parse_config(text, DecisionFile, name=shown_as)
    return Decision(
        kind=file.kind,
        subject=file.subject,
        why=file.why,
        by=file.by,
        decided=file.decided,
        until=file.until,
        levels=tuple(file.levels),
        file=path.name,
    )


def write_decision(home: Home, decision: Decision) -> Path:
    """Write it to a file of its own, never over another; its path."""
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": decision.kind,
        "subject": decision.subject,
        "why": decision.why,
        "by": decision.by,
        "decided": decision.decided.replace(microsecond=0),
    }
    if decision.until is not None:
        whole_day = decision.until.time() == time()
        content["until"] = decision.until.date() if whole_day else decision.until
    if decision.levels:
        content["levels"] = [level.model_dump(exclude_defaults=True) for level in decision.levels]
    path = _free_path(decisions_folder(home), decision)
    write_text(path, tomli_w.dumps(content, multiline_strings=True))
    return path


def _free_path(folder: Path, decision: Decision) -> Path:
    """A name that says date, kind and subject."""
    subject = _ODD.sub("-", decision.subject).strip("-.")[:60] or "series"
    name = f"{decision.decided:%Y-%m-%d}-{decision.kind}-{subject}"
    number, path = 1, folder / f"{name}.toml"
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.toml"
    return path


def _iso(value: object) -> str:
    """TOML's times as JSON has them: a day is its first moment, and without a zone it is UTC."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return datetime.combine(value, time(), UTC).isoformat() if isinstance(value, date) else str(value)
