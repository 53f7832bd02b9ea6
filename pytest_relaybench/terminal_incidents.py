"""What the terminal says of the night's verdicts: what happened to the machine, what became worse, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .detect import Kind
from .history.table import SERIES_COLUMNS
from .incidents import Incident, Incidents, State
from .incidents.incident import Member, Nature
from .incidents.naming import series_name
from .judging.changes import is_kind
from .judging.verdicts import NOT_CONFIRMED, Verdicts
from .render.format import change_text, count_text
from .reports.shortening import one_line

MOST_SERIES = 5
MOST_INCIDENTS = 10


class Line(NamedTuple):
    """One line; `is_news` is what somebody should look at this morning."""

    text: str
    is_news: bool = False


def verdict_lines(verdicts: Verdicts, incidents: Incidents | None) -> Iterator[Line]:
    """The machine's events, what was not confirmed, new incidents with their series, in a line what was open before."""
    for event in verdicts.events:
        held = int(event.explains(verdicts.frame).sum())
        because = f" ({count_text(held, 'series', 'series')} held back)" if held else ""
        yield Line(f"machine: {event.text}{because}")
    yield from map(Line, _not_confirmed(verdicts))
    waiting = [one for one in (incidents.waiting() if incidents else ()) if one.nature != Nature.MACHINE]
    news = [one for one in waiting if one.state in (State.NEW, State.REOPENED)]
    for incident in news[:MOST_INCIDENTS]:
        yield Line(f"incident {incident.id} ({incident.state}): {one_line(incident.headline)}", is_news=True)
        yield from (Line(f"    {text}", is_news=True) for text in _series(incident))
    if len(news) > MOST_INCIDENTS:
        yield Line(f"and {len(news) - MOST_INCIDENTS} more new incidents", is_news=True)
    older = [one.id for one in waiting if one not in news]
    if older:
        more = f" and {len(older) - MOST_INCIDENTS} more" if len(older) > MOST_INCIDENTS else ""
        yield Line(f"still open: {count_text(len(older), 'incident')} {', '.join(older[:MOST_INCIDENTS])}{more}")


def _not_confirmed(verdicts: Verdicts) -> Iterator[str]:
    """The suspects that looked changed and were not when they were measured again."""
    rows = verdicts.frame[(verdicts.frame["confirmed"] == NOT_CONFIRMED) & is_kind(verdicts.frame, Kind.UNSURE)]
    names = [series_name(key) for key in rows[SERIES_COLUMNS].itertuples(index=False, name=None)]
    if names:
        more = f" and {len(names) - MOST_SERIES} more" if len(names) > MOST_SERIES else ""
        listed = ", ".join(names[:MOST_SERIES])
        yield one_line(f"not confirmed: {count_text(len(names), 'series', 'series')} measured again: {listed}{more}")


def _series(incident: Incident) -> Iterator[str]:
    members = incident.case.pending
    yield from (one_line(_told(member)) for member in members[:MOST_SERIES])
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
