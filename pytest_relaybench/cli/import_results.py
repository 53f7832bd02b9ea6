"""`relaybench import SOURCE... H`: results of other programs, and of old homes, into a home."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import HomeError, RecordError
from ..home import Home, open_home
from ..importing.outside_records import Naming, records_of
from ..importing.relay_dashboard import OldHome, import_old_home, is_old_home
from ..importing.taking_in import Taken, take_in
from ..lock import HomeLock
from ..outside.reading import KNOWN, read_outside, result_files
from ..render.format import count_text
from ..reports.shortening import clean
from ..times import run_id_of, utc_now
from .arguments import add_home, folder

if TYPE_CHECKING:
    from .arguments import Subparsers

MOST_NAMED = 50


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("import", help="take results of other programs, or of an old home, into a home")
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="+", type=folder, help=f"file or folder: {KNOWN}, a Relay Dashboard's home"
    )
    add_home(parser)
    parser.add_argument("--experiment", metavar="NAME", default="", help="put everything into this one experiment")
    parser.add_argument("--prefix", metavar="TEXT", default="", help="what the names of experiments begin with")
    parser.add_argument("--timezone", metavar="ZONE", default="UTC", help="of an old home's clock (default: UTC)")
    parser.add_argument("--machine", metavar="NAME", default="unknown", help="of an old home, which tells none")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, and say what became of it; 1 when nothing could be read, which HomeError says."""
    home = open_home(arguments.home)
    try:
        zone = ZoneInfo(arguments.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise HomeError(f"--timezone: {arguments.timezone!r} is no time zone (as in Europe/Berlin)") from None
    naming = Naming(arguments.experiment, arguments.prefix)
    taken = Taken()
    with HomeLock(home.root, run_id_of(utc_now())):
        for source in arguments.sources:
            try:
                taken.add(_import(source, home, naming, OldHome(source, zone, arguments.machine)))
            except OSError as error:  # what was taken in before it is whole
                raise HomeError(f"{home.root}: the import stopped, and may be given again: {error}") from error
    _tell(home, taken)
    return 0


def _import(source: Path, home: Home, naming: Naming, old: OldHome) -> Taken:
    if source.is_dir() and is_old_home(source):
        return import_old_home(old, home)
    if (source / "config.json").is_file() and (source / "config" / "subsystem").is_dir():
        raise HomeError(f"{source}: this is a home, which is merged: relaybench merge {source} --into {home.root}")
    return _import_files(source, home, naming)


def _import_files(source: Path, home: Home, naming: Naming) -> Taken:
    if not source.exists():
        raise HomeError(f"{source}: there is no such file or folder")
    taken, known = Taken(), 0
    # the home may lie in the folder, as where both are in one checkout
    inside = source.is_dir() and home.root.is_relative_to(source.absolute())
    for path in (path for path in result_files(source) if not (inside and path.absolute().is_relative_to(home.root))):
        shown = str(path.relative_to(source)) if source.is_dir() else path.name
        try:
            run = read_outside(path)
        except RecordError as error:
            taken.left_out.append(str(error))
            continue
        if run is None:
            taken.left_out.append(f"{path}: no results that are known")
            continue
        known += 1
        if not run.results:
            taken.left_out.append(f"{path}: it holds no result")
        try:
            taken.add(take_in(home, list(records_of(run, shown, naming))))
        except (RecordError, ValueError, OverflowError) as error:  # of one file of many
            taken.left_out.append(f"{path}: {error}")
    if not known:
        why = "".join(f"\n{line}" for line in taken.left_out[:MOST_NAMED])
        raise HomeError(f"{source}: nothing that can be imported (known: {KNOWN}, a Relay Dashboard's home){why}")
    return taken


def _tell(home: Home, taken: Taken) -> None:
    counts = ((taken.new, "new"), (taken.replaced, "replaced by a newer import"), (taken.same, "there already"))
    words = ", ".join(f"{count} {word}" for count, word in counts if count) or "none"
    print(f"records: {words}; {count_text(taken.measurements, 'measurement')} written")
    for count, word in ((taken.scores, "score"), (taken.telemetry, "telemetry file")):
        if count:
            print(f"{count_text(count, word)} written")
    if taken.experiments:
        print(f"experiments: {_listed(sorted(taken.experiments))}")
    for line in taken.left_out[:MOST_NAMED]:
        print(f"left out: {clean(line)}")
    if len(taken.left_out) > MOST_NAMED:
        print(f"left out: {len(taken.left_out) - MOST_NAMED} more")
    if taken.new or taken.replaced:
        print(f"to see them: relaybench site {home.root}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
