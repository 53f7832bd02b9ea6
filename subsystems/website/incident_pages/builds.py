"""The builds of the nights around a change, with a link to each commit, and what of the artifacts differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Incident
from pytest_relaybench.incidents.forges import commit_url, remote_of
from pytest_relaybench.render.format import day_text, hash_text, run_time, value_text

from ..built import Built, built_of
from .nights import Histories
from .telling import SeriesRow

BEFORE, SINCE = 4, 3  # nights
MOST_VARIANTS = 3


@dataclass(frozen=True)
class Night:
    """One night: its build, where a forge shows that, and the value of the series."""

    day: str
    build: str  # cut to be read
    whole: str
    url: str
    value: str
    is_since: bool
    is_new: bool  # another build than the night before


@dataclass(frozen=True)
class Builds:
    """The nights around the change of one series, which stands for those of its variant."""

    series: str
    variant: str
    nights: Sequence[Night]


def builds_of(home: Home, rows: Sequence[SeriesRow], histories: Histories) -> list[Builds]:
    """For each variant of an incident's series the worst one whose builds are known."""
    found: dict[str, Builds] = {}
    for row in rows:
        variant = row.member.series[4]
        if variant not in found and (nights := _nights(home, row, histories)):
            found[variant] = Builds(row.name, variant, nights)
    return list(found.values())[:MOST_VARIANTS]


def _nights(home: Home, row: SeriesRow, histories: Histories) -> list[Night]:
    """The nights of the series around its change; none where no build is known."""
    nights = histories.of(row.member.series)
    place = nights.place(row.member.since_run)
    first = max(0, place - BEFORE)
    shown = nights.between(first, place + SINCE)
    if not any(shown.builds):
        return []
    remote = remote_of(row.member.series[4], home.config)
    return [
        Night(
            day=day_text(run_time(run)),
            build=hash_text(build),
            whole=build,
            url=commit_url(remote, build),
            value=value_text(value, row.member.unit),
            is_since=first + at >= place,
            is_new=at > 0 and shown.builds[at - 1] != build,
        )
        for at, (run, value, build) in enumerate(zip(shown.runs, shown.values, shown.builds, strict=True))
    ]


def artifacts_of(home: Home, incident: Incident, rows: Sequence[SeriesRow], histories: Histories) -> list[Built]:
    """What was built before and with a change that has recovered: as the nights of then have it."""
    found = []
    for row in rows:
        nights = histories.of(row.member.series)
        before, since = nights.last_before(row.member.since_run), nights.first_since(row.member.since_run)
        if before is not None and since is not None:
            found.append((row.name, nights.artifacts[before], nights.artifacts[since]))
    return built_of(home, found, len(incident.members))
