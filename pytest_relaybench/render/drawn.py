"""Which pictures are as they would be if they were drawn again: matplotlib works only where something changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from ..files import json_object, read_regular, write_json

DRAWN_FILE = ".drawn.json"
SCHEMA = 1
LIBRARIES = ("matplotlib", "pandas", "seaborn")


class Drawn:
    """What the pictures in `folder` were made of, as its `.drawn.json` says; that file may be deleted at any time.

    A picture counts as drawn only while its files have the bytes that were written.
    """

    def __init__(self, folder: Path) -> None:
        content = json_object(folder / DRAWN_FILE) or {}
        self.folder = folder
        entries = content.get("pictures") if content.get("schema") == SCHEMA else None
        known = entries.items() if isinstance(entries, dict) else ()
        self._before: Mapping[str, Any] = {name: entry for name, entry in known if _is_entry(entry)}
        self._now: dict[str, Any] = {}

    def files(self, name: str, made_of: str, draw: Callable[[], Sequence[Path]]) -> list[Path]:
        """The files of what is called `name`, in their order: those there are, or those that `draw` makes."""
        found = self._kept(self._before.get(name), made_of)
        if found is None:
            found = list(draw())
        files = {path.relative_to(self.folder).as_posix(): _hash_of(path) for path in found}
        self._now[name] = {"made_of": made_of, "files": files}
        return found

    def keep(self) -> None:
        """Write down what was asked for, and what was not but is known from before as long as its files are there."""
        others = {
            name: entry for name, entry in self._before.items() if name not in self._now and self._is_there(entry)
        }
        pictures = {**others, **self._now}
        if pictures != self._before:
            write_json(self.folder / DRAWN_FILE, {"schema": SCHEMA, "pictures": pictures})

    def _kept(self, entry: Any, made_of: str) -> list[Path] | None:
        if not self._is_there(entry) or entry.get("made_of") != made_of:
            return None
        return [self.folder / name for name in entry["files"]]

    def _is_there(self, entry: Any) -> bool:
        """Whether all its files have the bytes that were written."""
        files = entry.get("files") if isinstance(entry, dict) else None
        return isinstance(files, dict) and all(_hash_of(self.folder / name) == hash_ for name, hash_ in files.items())


def made_of(*declared: Any, frames: Iterable[pd.DataFrame] = ()) -> str:
    """The hash of all that pictures are made of: declarations, rows, this code, and the libraries that draw.

    Declarations count as their `repr`, so they are frozen dataclasses, texts and numbers.
    """
    found = hashlib.sha256(repr((_program(), declared)).encode(errors="backslashreplace"))
    for frame in frames:
        found.update(repr(list(frame.columns)).encode())
        found.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return found.hexdigest()


def _is_entry(entry: Any) -> bool:
    """Whether it is what `files` writes: what else may stand in a damaged file is not written again."""
    if not isinstance(entry, dict) or entry.keys() != {"made_of", "files"} or not isinstance(entry["files"], dict):
        return False
    return all(isinstance(text, str) for text in (entry["made_of"], *entry["files"].values()))


@cache
def _program() -> tuple[str, ...]:
    """Of this folder's code and of the libraries, since another one may draw another picture."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return (*map(_hash_of, sources), *(f"{name} {metadata.version(name)}" for name in LIBRARIES))


def _hash_of(path: Path) -> str:
    """Of the file's bytes; empty for one that is not there."""
    try:
        return hashlib.sha256(read_regular(path)).hexdigest()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return ""
