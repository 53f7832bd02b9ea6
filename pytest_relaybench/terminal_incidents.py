"""What the terminal says of the night's verdicts: what happened to the machine, what became worse, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .detect import Kind
from .incidents import Incident, Incidents, State
from .incidents.incident import Member, Nature
from .incidents.naming import series_name
from .judging.changes import is_kind
from .judging.verdicts import Verdicts
from .render.format import change_text, count_text

MOST_SERIES = 5
MOST_INCIDENTS = 10


class Line(NamedTuple):
    """One line; `is_news` is what somebody should look at this morning."""

    text: str
    is_news: bool = False


def verdict_lines(verdicts: Verdicts, incidents: Incidents | None) -> Iterator[Line]:
    """The machine's events first, then new incidents with their series, then what was open before, in one line."""
    for event in verdicts.events:
        held = int((is_kind(verdicts.frame, Kind.MACHINE) & (verdicts.frame["reason"] == event.text)).sum())
        because = f" ({count_text(held, 'series', 'series')} held back)" if held else ""
        yield Line(f"machine: {event.text}{because}")
    waiting = [one for one in (incidents.waiting() if incidents else ()) if one.nature != Nature.MACHINE]
    news = [one for one in waiting if one.state in (State.NEW, State.REOPENED)]
    for incident in news[:MOST_INCIDENTS]:
        yield Line(f"incident {incident.id} ({incident.state}): {incident.headline}", is_news=True)
        yield from (Line(f"    {text}", is_news=True) for text in _series(incident))
    if len(news) > MOST_INCIDENTS:
        yield Line(f"and {len(news) - MOST_INCIDENTS} more new incidents", is_news=True)
    older = [one.id for one in waiting if one not in news]
    if older:
        more = f" and {len(older) - MOST_INCIDENTS} more" if len(older) > MOST_INCIDENTS else ""
        yield Line(f"still open: {count_text(len(older), 'incident')} {', '.join(older[:MOST_INCIDENTS])}{more}")


def _series(incident: Incident) -> Iterator[str]:
    members = incident.case.pending
    yield from map(_told, members[:MOST_SERIES])
    if len(members) > MOST_SERIES:
        yield f"and {len(members) - MOST_SERIES} more"


def _told(member: Member) -> str:
    """As in "matmul/test_matmul[256]/time slower +8.1 % [+6.9 %, +9.2 %]"."""
    name = series_name(member.series)
    if member.ratio != member.ratio:  # NaN: there is no number
        return f"{name} {member.kind}: {member.reason}" if member.reason else f"{name} {member.kind}"
    bounds = f" [{change_text(member.low)}, {change_text(member.high)}]" if member.low == member.low else ""
    reason = f"; {member.reason}" if member.reason else ""
    return f"{name} {member.kind} {change_text(member.ratio)}{bounds}{reason}"
