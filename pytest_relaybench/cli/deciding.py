"""What `accept`, `ack` and `mute` share: a decision about an incident or series, written to a file for review."""

from __future__ import annotations

import argparse
import getpass
import math
import re
import shlex
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from ..errors import RelaybenchError, reason_of
from ..history.table import SERIES_COLUMNS, Table
from ..home import SENTINELS, Home
from ..incidents import Decision, Incident, Incidents, read_incidents, write_decision
from ..incidents.decisions import Kind, Level
from ..incidents.finding import Found, find
from ..incidents.incident import Member, SeriesKey
from ..incidents.naming import series_name
from ..render.format import count_text, value_text
from ..reports.shortening import one_line
from ..times import utc_now
from .home_option import add_home_option, home_of

DAYS = re.compile(r"(\d{1,4})d")
MOST_TOLD = 10  # series that are listed


def add_arguments(parser: argparse.ArgumentParser, *, what: str) -> None:
    """Declare subject, reason, end and home."""
    parser.add_argument(
        "subject",
        metavar="SERIES|INCIDENT",
        help=f"{what}: an incident as in 2026-11-20-a; or series, as in 'matmul/test_matmul[256]/time', "
        "an experiment, a glob, or a part of one name",
    )
    parser.add_argument("--why", metavar="TEXT", required=True, help="the reason, for whoever reads it later")
    parser.add_argument(
        "--until", metavar="DATE", help="day on which it ends, as in 2026-12-01 or 14d (default: never)"
    )
    add_home_option(parser)


def decide(arguments: argparse.Namespace, kind: Kind) -> int:
    """Write the decision and tell what it is about; raises RelaybenchError when that cannot be found."""
    home, now = home_of(arguments), utc_now()
    why, until = _reason(arguments.why), _end(arguments.until, now)
    incidents = read_incidents(home, now)
    for problem in incidents.problems:
        print(f"note: {problem}")
    found = find(arguments.subject, incidents, _choices(home, incidents, kind))
    levels = tuple(_levels(incidents, found)) if kind == "accept" else ()
    decision = Decision(kind, found.subject, why, _author(home), now, until, levels)
    try:
        path = write_decision(home, decision)
    except OSError as error:
        raise RelaybenchError(f"{home.root}: the decision cannot be written: {reason_of(error)}") from error
    _tell(decision, found, path)
    return 0


def _choices(home: Home, incidents: Incidents, kind: Kind) -> list[SeriesKey]:
    """The series that may be meant: any may be muted, and only what has an incident can be accepted.

    Sentinels measure the machine: nobody decides about them.
    """
    changed = [m.series for one in incidents.live() for m in one.case.pending if m.series[0] != SENTINELS]
    if kind != "mute":
        if not changed:
            raise RelaybenchError(f"{home.root}: no incident is open, so there is nothing to {kind}")
        return changed
    table = Table(home)
    table.refresh()
    keys = table.frame()[SERIES_COLUMNS].drop_duplicates()
    keys = keys[keys["experiment"] != SENTINELS]
    return [*changed, *(tuple(map(str, key)) for key in keys.itertuples(index=False, name=None))]


def _levels(incidents: Incidents, found: Found) -> list[Level]:
    """The level of every series that is accepted, by name."""
    members = [_member(incidents, found, key) for key in found.series]
    return [
        Level(
            series=series_name(member.series), machine=member.series[-1], value=_short(member.level), unit=member.unit
        )
        for member in members
        if member is not None and math.isfinite(member.level)  # what is gone has none
    ]


def _short(value: float) -> float:
    """To six digits: more than any night repeats, and as much as a review can read."""
    return float(f"{value:.6g}")


def _member(incidents: Incidents, found: Found, key: SeriesKey) -> Member | None:
    incident: Incident | None = found.incident or incidents.of(key)
    return next((one for one in incident.case.pending if one.series == key), None) if incident else None


def _reason(text: str) -> str:
    if not text.strip():
        raise RelaybenchError("--why: a decision needs a reason")
    return text.strip()


def _end(text: str | None, now: datetime) -> datetime | None:
    """The midnight that begins the day; raises RelaybenchError for what is no day to come."""
    if text is None:
        return None
    try:
        days = DAYS.fullmatch(text)
        day = now.date() + timedelta(days=int(days[1])) if days else datetime.strptime(text, "%Y-%m-%d").date()
    except (ValueError, OverflowError):
        raise RelaybenchError(
            f"--until: this is a day as in 2026-12-01, or days from now as in 14d (found {text!r})"
        ) from None
    end = datetime.combine(day, time(), UTC)
    if end <= now:
        raise RelaybenchError(f"--until: the decision would have ended already (found {text!r})")
    return end


def _author(home: Home) -> str:
    """Who decides: git's user.name, else the name of the user."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(home.root), "config", "user.name"], capture_output=True, text=True, check=False
        )
        name = asked.stdout.strip()
    except OSError:
        name = ""
    if name:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _tell(decision: Decision, found: Found, path: Path) -> None:
    words = {"accept": "accepted", "ack": "acknowledged", "mute": "muted"}
    until = f" until {decision.until:%Y-%m-%d}" if decision.until else ""
    what = found.incident.headline if found.incident else count_text(len(found.series), "series", "series")
    print(one_line(f"{words[decision.kind]}{until}: {decision.subject} ({what})"))
    for line in _told_series(decision, found.series):
        print(f"    {one_line(line)}")
    shown = _shown(path)
    print(f"by {decision.by}, written to {shown}")
    print(f"commit it for review: git add {shlex.quote(shown)}; to take it back, delete the file")


def _told_series(decision: Decision, series: Sequence[SeriesKey]) -> list[str]:
    lines = [
        f"{level.series}: {value_text(level.value, level.unit)} is its new baseline" for level in decision.levels
    ] or [series_name(key) for key in series]
    more = len(lines) - MOST_TOLD
    return lines if more <= 0 else [*lines[:MOST_TOLD], f"and {more} more"]


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
