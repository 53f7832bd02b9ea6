"""The publication figures that the subsystem `post_process` has drawn, to look at and to take along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .inert import slug

DATA = ".csv"
# drawn by matplotlib, which escapes text: an SVG of its may be opened by itself
FORMATS = (".png", ".pdf", ".svg", DATA)


@dataclass(frozen=True)
class Figure:
    """One figure in its formats, and what it shows as data."""

    name: str
    files: Sequence[Path]

    @property
    def changed(self) -> datetime:
        """When it was drawn last with another content."""
        return datetime.fromtimestamp(max(path.stat().st_mtime for path in self.files), UTC)

    @property
    def shown(self) -> str:
        """The format to look at, as the site keeps it; empty when there is none."""
        return next((self.place(path) for path in self.files if path.suffix == ".png"), "")

    def place(self, path: Path) -> str:
        """Where the site keeps one of the files."""
        return f"figures/{slug(self.name)}{path.suffix}"


def figures_of(output: Path | None) -> list[Figure]:
    """The figures in the output folder by name; none when it has none."""
    if output is None:
        return []
    files = [path for path in (output / "figures").glob("*") if path.suffix in FORMATS and path.is_file()]
    ordered = sorted(files, key=lambda path: FORMATS.index(path.suffix))
    names = sorted({path.stem for path in files if path.suffix != DATA})
    return [Figure(name, [path for path in ordered if path.stem == name]) for name in names]
