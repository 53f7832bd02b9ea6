"""`relaybench accept SERIES|INCIDENT --why TEXT`: take a change for the worse as the new baseline."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .deciding import add_arguments, decide

if TYPE_CHECKING:
    from .arguments import Subparsers


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("accept", help="take a change for the worse as the new baseline")
    add_arguments(parser, what="what is accepted")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the decision to `H/decisions`."""
    return decide(arguments, "accept")
