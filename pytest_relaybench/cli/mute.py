"""`relaybench mute SERIES|INCIDENT --why TEXT`: alert nobody of an incident, series or experiment."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .deciding import add_arguments, decide

if TYPE_CHECKING:
    from .arguments import Subparsers


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("mute", help="alert nobody of an incident, series or experiment")
    add_arguments(parser, what="what is muted")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the decision to `H/decisions`."""
    return decide(arguments, "mute")
