"""Arguments that several subcommands take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def folder(text: str) -> Path:
    """A folder as typed, `~` expanded."""
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def add_home(parser: argparse.ArgumentParser) -> None:
    """The home, as the first argument."""
    parser.add_argument("home", metavar="H", type=folder, help="folder of configs and results")


def add_subsystems(parser: argparse.ArgumentParser) -> None:
    """Further folders of subsystems, as pytest's option of the same name."""
    parser.add_argument(
        "--subsystems",
        metavar="FOLDER",
        type=folder,
        action="append",
        default=[],
        help="folder with further subsystems (repeatable)",
    )
