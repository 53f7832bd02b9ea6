"""Pictures that lie in a home, and where the site keeps and shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from .inert import slug

FOLDERS = ("", "comparison", "two_weeks", "all_time")


@dataclass(frozen=True)
class Graph:
    """A picture in the home; `folder` groups it, relative to where the pictures lie."""

    path: Path
    folder: str
    caption: str
    file: str  # where the site keeps it, relative to the pictures of the same owner

    @property
    def linked(self) -> bool:
        """An SVG is not linked, as it may run script when opened by itself."""
        return self.path.suffix != ".svg"


def graphs_of(root: Path, paths: Iterable[Path]) -> list[Graph]:
    """The files among `paths`, all of them below `root`: newest nights before long ones, what an author adds last."""
    inside = root.resolve()
    # a link that leads out would bring any file of this machine onto the site
    found = [
        _graph(path, path.relative_to(root))
        for path in paths
        if path.resolve().is_relative_to(inside) and path.is_file()
    ]
    return sorted(found, key=lambda graph: (*_place(graph.folder), graph.file))


def by_folder(graphs: Sequence[Graph]) -> Mapping[str, list[Graph]]:
    """Folder → its pictures, in the order given."""
    return {folder: list(found) for folder, found in groupby(graphs, key=lambda graph: graph.folder)}


def _graph(path: Path, inside: Path) -> Graph:
    folders = inside.parent.parts
    kept = "/".join([*(slug(folder) for folder in folders), slug(inside.stem) + inside.suffix])
    return Graph(path, " / ".join(folders), inside.stem.replace("_", " "), kept)


def _place(folder: str) -> tuple[int, str]:
    return (FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)), folder
