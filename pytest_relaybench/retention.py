"""How long archives and raw samples are kept, as the home's config says. Records are kept for ever."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from . import archive, raw_storage
from .errors import RelaybenchError
from .home import Home
from .storage import Storage, Stored
from .times import run_time

_RUN = r"(?P<run>\d{8}T\d{6}\.\d{6}Z)"
# files of runs, and nothing else: whatever a person put beside them under a name of their own stays
_OURS = {
    archive.PREFIX: re.compile(rf"{archive.PREFIX}{_RUN}_(before|after)\.tar\.(zst|gz)"),
    raw_storage.PREFIX: re.compile(rf"{raw_storage.PREFIX}{_RUN}_({raw_storage.DATA}|{raw_storage.AGAIN})\.zip"),
}


def tidy(home: Home, now: datetime) -> list[str]:
    """Remove and thin what the config's keys `archives_kept`, `raw_kept` and their like no longer want.

    The newest run's files always stay. Returns a line for whatever could not be done: nothing here may cost a night.
    """
    config = home.config
    return [
        *_guarded(_remove, home.backups, archive.PREFIX, config.archives_kept, config.archives_kept_days, now),
        *_guarded(_remove, home.raw_samples, raw_storage.PREFIX, config.raw_kept, config.raw_kept_days, now),
        *_thin(home, now),
    ]


def _guarded(work: Callable[..., None], *arguments: object) -> list[str]:
    try:
        work(*arguments)
    except (OSError, RelaybenchError) as error:
        return [f"what is old was not removed: {error}"]
    return []


def _remove(storage: Storage, prefix: str, kept: int | None, days: float | None, now: datetime) -> None:
    if kept is None and days is None:
        return
    files = _of_runs(storage, prefix)
    runs = sorted({run for run, _ in files}, reverse=True)
    aged = older_than(runs, days, now)
    old = {run for place, run in enumerate(runs) if place and (_beyond(place, kept) or run in aged)}
    for run, file in files:
        if run in old:
            storage.remove(file.name)


def _thin(home: Home, now: datetime) -> Iterator[str]:
    days, most = home.config.raw_thinned_days, home.config.raw_thinned_to
    if days is None:
        return
    try:
        files = _of_runs(home.raw_samples, raw_storage.PREFIX)
        aged = older_than({run for run, _ in files}, days, now)
        old = [file.name for run, file in files if run in aged]
    except OSError as error:
        yield f"old raw samples were not thinned: {error}"
        return
    for name in old:
        try:
            raw_storage.thin(home, name, most)
        except (OSError, RelaybenchError) as error:
            yield f"old raw samples were not thinned: {error}"


def _of_runs(storage: Storage, prefix: str) -> Sequence[tuple[str, Stored]]:
    """The files that are ours, with the run of each: what somebody else put there is not touched."""
    found = ((_OURS[prefix].fullmatch(file.name), file) for file in storage.files())
    return [(match["run"], file) for match, file in found if match]


def _beyond(place: int, kept: int | None) -> bool:
    return kept is not None and place >= kept


def older_than(runs: Iterable[str], days: float | None, now: datetime) -> set[str]:
    """The runs that began more than `days` before `now`; none without a number of days.

    Time in which nothing ran counts for half of the days at most, or for one: were it a clock that was set forward by
    mistake, what lies before it would all be old at once.
    """
    if days is None:
        return set()
    most = timedelta(days=max(days / 2, 1.0))
    began = {run: moment for run in runs if (moment := run_time(run)) is not None}
    age, later, found = timedelta(), now, set()
    for run in sorted(began, reverse=True):
        age += min(max(later - began[run], timedelta()), most)
        later = began[run]
        if age > timedelta(days=days):
            found.add(run)
    return found
