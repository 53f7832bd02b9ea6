"""`relaybench restore ARCHIVE H`: make a home of an archive."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import TYPE_CHECKING

from ..errors import HomeError
from ..home import open_home
from ..lock import HomeLock
from ..reports.shortening import clean
from ..restoring import restore
from ..times import run_id_of, utc_now
from .arguments import add_home

if TYPE_CHECKING:
    from .arguments import Subparsers

MOST_NAMED = 20


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("restore", help="make a home of an archive of it")
    parser.add_argument("archive", metavar="ARCHIVE", help="a file of a home's backup_dir, or its fsspec URL")
    add_home(parser)
    parser.add_argument("--force", action="store_true", help="where H has something in it already: move that aside")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Restore, and say what was restored and what the archive never had; raises HomeError when it cannot be."""
    target = arguments.home.absolute()
    now = utc_now()
    # moving a home aside under a run that writes into it would split its night in two
    with HomeLock(target, run_id_of(now)) if target.is_dir() and arguments.force else nullcontext():
        try:
            done = restore(arguments.archive, target, force=arguments.force, now=now)
        except OSError as error:
            raise HomeError(f"{target}: cannot be restored: {error}") from error
    print(f"{target}: {done.files} files, as they were {done.when} run {done.run_id}; every one has its SHA-256")
    if done.moved_aside:
        print(f"what was there is now {done.moved_aside}")
    for path, reason in list(done.skipped.items())[:MOST_NAMED]:
        print(f"not in the archive: {clean(path)} ({clean(reason)})")
    if len(done.skipped) > MOST_NAMED:
        print(f"not in the archive: {len(done.skipped) - MOST_NAMED} more")
    open_home(target)
    return 0
