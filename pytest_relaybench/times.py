"""Moments, always in UTC, and the run ids made of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RUN_ID_FORMAT = "%Y%m%dT%H%M%S.%fZ"
SET_BACK_AT_MOST = timedelta(days=31)  # by a wrong zone, a time server, or a machine that was restored
NO_NEWS = timedelta(seconds=1)


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds and zone."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_iso(text: str) -> datetime:
    """The inverse of `iso`."""
    return datetime.fromisoformat(text)


@dataclass
class Stopwatch:
    """Seconds by a clock that nobody sets: the time of day may be set back while something lasts.

    `before_s` is what was spent before it was started, as in another session.
    """

    before_s: float = 0.0
    _since: float | None = None

    def start(self) -> None:
        """Begin to count, or go on."""
        self._since = time.monotonic()

    def lap(self) -> float:
        """Count no further; the seconds since it was started last."""
        before_s = self.before_s
        self.before_s, self._since = self.seconds, None
        return self.before_s - before_s

    @property
    def is_running(self) -> bool:
        """Whether it counts."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """Counted so far."""
        return self.before_s + (time.monotonic() - self._since if self._since is not None else 0.0)


def run_id_of(moment: datetime) -> str:
    """A run's id: sortable as text, in microseconds."""
    return moment.astimezone(UTC).strftime(RUN_ID_FORMAT)


def run_time(run_id: str) -> datetime | None:
    """When the run of this id began, None for an id of another form."""
    try:
        return datetime.strptime(run_id, RUN_ID_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def moment_after(now: datetime, run_ids: Iterable[str]) -> tuple[datetime, str]:
    """When a new run is to begin, so that it comes after those that there are; and a note where the clock is at odds.

    A clock that was set back by up to a month, or to before most runs, is not believed: the new run comes right after
    the newest. Where fewer runs lie further ahead it is they whose clock was wrong, and they must not date all that
    follow.
    """
    known = sorted(moment for run_id in run_ids if (moment := run_time(run_id)) is not None)
    ahead = [moment for moment in known if moment >= now]
    if not ahead:
        return now, ""
    newest, told = ahead[-1], f"the clock says {iso(now)}, and the run {run_id_of(ahead[-1])} is not before that"
    if newest - now <= SET_BACK_AT_MOST or 2 * len(ahead) > len(known):
        note = "" if newest - now < NO_NEWS else f"{told}: this run is taken to follow it"
        return newest + timedelta(microseconds=1), note
    while now in ahead:
        now += timedelta(microseconds=1)
    return now, f"{told}: where its date is wrong, remove it, or it stays the newest"


def clock_text(seconds: float) -> str:
    """A duration as the predecessor wrote it: `0:01:02`."""
    return str(timedelta(seconds=round(seconds)))
