"""`relaybench merge H1 H2 ... --into H`: several homes' histories in one."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ..errors import HomeError
from ..home import open_home
from ..lock import HomeLock
from ..merging import merge
from ..render.format import count_text
from ..reports.shortening import clean
from ..times import run_id_of, utc_now
from .arguments import folder

if TYPE_CHECKING:
    from .arguments import Subparsers

MOST_NAMED = 50


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("merge", help="bring the histories of several homes into one")
    parser.add_argument("homes", metavar="H", nargs="+", type=folder, help="folder of configs and results to take from")
    parser.add_argument("--into", metavar="H", type=folder, required=True, help="the one that gets them")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Merge, each home under its lock; raises HomeError where one is none, is in use, or is the goal itself."""
    target = open_home(arguments.into)
    sources = [open_home(home) for home in arguments.homes]
    run_id = run_id_of(utc_now())
    with ExitStack() as locks:
        locks.enter_context(HomeLock(target.root, run_id))
        for source in sources:
            if source.root.resolve() == target.root.resolve():
                raise HomeError(f"{source.root}: a home cannot be merged into itself")
            try:
                with HomeLock(source.root, run_id):
                    merged = merge(source, target)
            except OSError as error:  # every file that was copied before it is whole
                raise HomeError(f"{source.root}: merging stopped, and may be done again: {error}") from error
            files = f"{count_text(merged.new, 'file')} new ({count_text(merged.records, 'record')})"
            of = count_text(len(merged.experiments), "experiment")
            print(f"{source.root}: {files}, {merged.same} there already; {of}")
            for line in merged.kept[:MOST_NAMED]:
                print(f"not taken: {clean(line)}")
            if len(merged.kept) > MOST_NAMED:
                print(f"not taken: {len(merged.kept) - MOST_NAMED} more")
    print(f"to see them: relaybench site {target.root}")
    return 0
