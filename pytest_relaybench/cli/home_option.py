"""`--home H` of commands whose first argument is something else: named, or found where a session would find it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..errors import HomeError
from ..home import Home, open_home
from .arguments import folder

VARIABLE = "RELAYBENCH_HOME"  # pytest's option of the same name reads it, too
USUAL = Path("home")


def add_home_option(parser: argparse.ArgumentParser) -> None:
    """Declare it."""
    parser.add_argument(
        "--home",
        metavar="H",
        type=folder,
        help=f"folder of configs and results (default: {VARIABLE}, else the folder {USUAL} if it is one)",
    )


def home_of(arguments: argparse.Namespace) -> Home:
    """The home that was named, that the environment names, or `./home`; raises HomeError when there is none."""
    named = arguments.home or os.environ.get(VARIABLE)
    if named:
        return open_home(folder(str(named)))
    if (USUAL / "config.json").is_file():
        return open_home(USUAL)
    raise HomeError(f"--home: no home is named, {VARIABLE} is not set, and {USUAL.absolute()} is none")
