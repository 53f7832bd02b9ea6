"""The message on deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pytest_relaybench.render.format import count_text
from pytest_relaybench.reports.message import Entry, Message, Ping, Section, Tone
from pytest_relaybench.reports.settings import ReportConfig

from .dates import Deadline

TITLE = "Upcoming Deadlines"
LAST_DAYS = 7  # whole days left from which on it is urgent


def upcoming(deadlines: Mapping[str, Deadline], now: datetime, night: str, config: ReportConfig) -> Message | None:
    """A section for each deadline after `now`, in the order given; None when there is none."""
    sections = [_section(name, one, one.moment - now) for name, one in deadlines.items() if one.moment > now]
    return Message(TITLE, night, sections, intro=config.description, link=config.site_url) if sections else None


def _section(name: str, deadline: Deadline, left: timedelta) -> Section:
    is_urgent = left.days <= LAST_DAYS
    ping = Ping(deadline.ping, "Beware ", "!") if is_urgent and deadline.ping else None
    told = f"Deadline: {deadline.text}\n{count_text(left.days, 'day')}, {left.seconds / 3600:.2f} hours left"
    return Section(name, Tone.BAD if is_urgent else Tone.GOOD, [Entry("", value=told, ping=ping)])
