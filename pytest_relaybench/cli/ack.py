"""`relaybench ack SERIES|INCIDENT --why TEXT`: say that somebody is looking at a change for the worse."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .deciding import add_arguments, decide

if TYPE_CHECKING:
    from .arguments import Subparsers


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("ack", help="say that somebody is looking at a change for the worse")
    add_arguments(parser, what="what is acknowledged")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the decision to `H/decisions`."""
    return decide(arguments, "ack")
