"""`relaybench incidents`: what became worse, since when, and what people said of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..incidents import Incident, read_incidents
from ..render.format import count_text, day_text, run_time
from ..reports.shortening import one_line
from ..text_table import aligned
from ..times import utc_now
from .home_option import add_home_option, home_of

if TYPE_CHECKING:
    from .arguments import Subparsers

HEADINGS = ["incident", "state", "since", "what", "decision"]


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("incidents", help="list what became worse, and what was decided")
    parser.add_argument("--all", action="store_true", help="also what is fixed")
    add_home_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each, the newest first."""
    home = home_of(arguments)
    incidents = read_incidents(home)
    shown = incidents.all if arguments.all else incidents.live()
    if shown:
        print("\n".join(aligned([HEADINGS, *map(_row, shown)])))
    else:
        print("no incident is open" if incidents.run_id else "no night has been judged yet")
    hidden = len(incidents.all) - len(shown)
    if hidden:
        print(f"\n{count_text(hidden, 'fixed incident')} not shown (--all)")
    for problem in incidents.problems:
        print(f"note: {problem}")
    return 0


def _row(incident: Incident) -> list[str]:
    state = f"{incident.state}, muted" if incident.is_muted else str(incident.state)
    since = run_time(incident.since_run)
    return [incident.id, state, day_text(since), one_line(incident.headline), one_line(_decision(incident))]


def _decision(incident: Incident) -> str:
    """Why, by whom, until when."""
    told = incident.mute or incident.decision
    if told is None:
        return ""
    until = f", until {told.until:%Y-%m-%d}" if told.until else ""
    is_partial = incident.is_waiting and told.holds(utc_now())
    return f"{'of a part of it: ' if is_partial else ''}{told.why} ({told.by}{until})"
