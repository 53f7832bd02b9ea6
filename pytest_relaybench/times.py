"""Moments, always in UTC, and the run ids made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

RUN_ID_FORMAT = "%Y%m%dT%H%M%S.%fZ"


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds and zone."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_iso(text: str) -> datetime:
    """The inverse of `iso`."""
    return datetime.fromisoformat(text)


def run_id_of(moment: datetime) -> str:
    """A run's id: sortable as text, in microseconds."""
    return moment.astimezone(UTC).strftime(RUN_ID_FORMAT)


def run_time(run_id: str) -> datetime | None:
    """When the run of this id began, None for an id of another form."""
    try:
        return datetime.strptime(run_id, RUN_ID_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def clock_text(seconds: float) -> str:
    """A duration as the predecessor wrote it: `0:01:02`."""
    return str(timedelta(seconds=round(seconds)))
