"""Where the site's sources, the built-in subsystems and the sample home lie: in a wheel, or beside us in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from .errors import HomeError

PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["site", "subsystems", "home"]) -> Path:
    """The folder `name` of this program; raises HomeError when the installation lacks it."""
    for place in (PACKAGE / "bundled" / name, PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise HomeError(f"{PACKAGE}: the installation is incomplete: its folder {name} is missing (install it again)")
