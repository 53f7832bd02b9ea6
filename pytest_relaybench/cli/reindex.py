"""`relaybench reindex H`: make the table of a home anew from its records."""

from __future__ import annotations

import argparse
import os
from time import monotonic
from typing import TYPE_CHECKING

from ..history.table import Table
from ..home import open_home
from ..lock import HomeLock
from ..render.format import count_text, duration_text
from ..times import run_id_of, utc_now
from .arguments import add_home

if TYPE_CHECKING:
    from .arguments import Subparsers


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("reindex", help="make the table of a home anew from its records")
    add_home(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rebuild `results/history.duckdb` and say what is in it; 1 when a record cannot be read, which is named."""
    home = open_home(arguments.home)
    began = monotonic()
    with HomeLock(home.root, run_id_of(utc_now())):
        table = Table(home)
        table.rebuild(processes=len(os.sched_getaffinity(0)))
    records, measurements = table.counts()
    told = f"{count_text(records, 'record')} with {count_text(measurements, 'measurement')}"
    print(f"{home.history_file}: {told}, {duration_text(monotonic() - began)}")
    for problem in table.problems:
        print(f"not used: {problem}")
    return 1 if table.problems else 0
