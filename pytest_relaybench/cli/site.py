"""`relaybench site H`: build the website of a home again from what is there."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..dashboard import Dashboard
from ..errors import HomeError, SubsystemError
from ..files import json_object
from ..history.table import Table
from ..home import Home, open_home
from ..lock import HomeLock
from ..subsystem_runs import run_all
from ..subsystems import make_plan
from .arguments import add_home, add_subsystems

if TYPE_CHECKING:
    from .arguments import Subparsers

WEBSITE = "website"


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("site", help="build the website of a home again")
    add_home(parser)
    add_subsystems(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the website subsystem alone, as of the newest run; raises SubsystemError when it fails."""
    home = open_home(arguments.home)
    plan = make_plan(home, arguments.subsystems, only={WEBSITE})
    if not plan.entries:
        raise HomeError(f"{home.subsys_config_file(WEBSITE)}: the file is missing, so this home has no website")
    run_id = _newest_run(home)
    with HomeLock(home.root, run_id):
        table = Table(home)
        table.refresh()
        statuses = run_all(Dashboard(home, run_id, table), plan, print)
    if WEBSITE not in statuses:
        raise HomeError(f"{home.subsys_config_file(WEBSITE)}: the website is not active")
    if not statuses[WEBSITE].success:
        raise SubsystemError(statuses[WEBSITE].message)
    print(f"the site is at {home.subsys_output_dir(WEBSITE) / 'index.html'}")
    return 0


def _newest_run(home: Home) -> str:
    runs = sorted((path.name for path in home.run_dir("").glob("*") if path.is_dir()), reverse=True)
    if not runs:
        raise HomeError(f"{home.root}: nothing has run here yet (pytest bench/ --home {home.root})")
    # a night is what was measured here, whatever moment an imported run has
    return next((run for run in runs if not _is_imported(home, run)), runs[0])


def _is_imported(home: Home, run_id: str) -> bool:
    return bool((json_object(home.run_dir(run_id) / "run.json") or {}).get("imported"))
