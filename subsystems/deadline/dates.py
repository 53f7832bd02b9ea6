"""A deadline: a moment in a time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from pytest_relaybench.reports.settings import Person
from pytest_relaybench.strict_model import StrictModel


def parse_date(text: str) -> datetime:
    """`2026-11-25 23:59:59`, or ISO 8601 with a time of day and possibly an offset from UTC; ValueError for others."""
    try:
        # a date alone would mean its first second, which is not what a deadline's date means to people
        return datetime.fromisoformat(text if ":" in text else "")
    except ValueError:
        raise ValueError('could not parse the date: it is written as in "2026-11-25 23:59:59"') from None


def _a_date(text: str) -> str:
    parse_date(text)
    return text


def _a_zone(name: str) -> str:
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('no such time zone; it is written as in "Europe/Berlin"') from None
    return name


class Deadline(StrictModel):
    """One entry of `deadlines`."""

    date: Annotated[str, AfterValidator(_a_date)] = Field(description='as in "2026-11-25 23:59:59"')
    zone: Annotated[str, AfterValidator(_a_zone)] = Field(default="", description="time zone; the machine's by default")
    ping: list[Person] = Field(default_factory=list, description="Slack ids of those to call in the last week")

    @model_validator(mode="after")
    def _one_zone(self) -> Deadline:
        if self.zone and parse_date(self.date).tzinfo is not None:
            raise ValueError("a date with an offset from UTC takes no zone")
        try:
            self.moment.astimezone(UTC)
        except (OverflowError, OSError, ValueError):
            raise ValueError("the date is beyond what a calendar holds") from None
        date = parse_date(self.date)
        if date.tzinfo is None and date != self._as_clocks_show:
            where = f"in {self.zone}" if self.zone else "of this machine"
            raise ValueError(f"the clocks {where} skip this time, when they are put forward")
        return self

    @property
    def _as_clocks_show(self) -> datetime:
        """The date and time that the clocks of the zone show at the moment."""
        zone = ZoneInfo(self.zone) if self.zone else None
        return self.moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None)

    @property
    def moment(self) -> datetime:
        """The moment, with its offset from UTC."""
        date = parse_date(self.date)
        if date.tzinfo is not None:
            return date
        return date.replace(tzinfo=ZoneInfo(self.zone)) if self.zone else date.astimezone()

    @property
    def text(self) -> str:
        """Date and time with their zone, as in "2026-11-25 23:59:59 (Europe/Berlin)"."""
        moment = self.moment
        return f"{moment:%Y-%m-%d %H:%M:%S} ({self.zone or moment.tzname()})"
