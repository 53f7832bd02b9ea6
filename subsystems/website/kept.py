"""Large files of the site, made anew only when what they follow from changed, and never all held in memory.

Beside the pages lies a note of what each file was made from. Where that is the same today and nobody touched the file,
it stays; else it is made, and put on the disk at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_relaybench.bundled import PACKAGE
from pytest_relaybench.files import json_bytes, json_object, may_be_there, set_aside, write_if_changed

Content = bytes | Path  # what a file holds, or the file it is a copy of

NOTED = ".kept.json"
MAKING = ".making.tmp"  # a folder that is there while the site is made
NOT_THERE = [-1, -1]  # size and time of no file


@dataclass(frozen=True)
class Kept:
    """What was made the last time and still holds; without a folder everything is made, and stays in memory.

    `before` is what the note said, `noted` what the next one will say: file → digest, and what parts want to remember.
    """

    docs: Path | None = None
    making: Path | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)
    remembered: dict[str, Any] = field(default_factory=dict)

    def file(self, place: str, made_from: Iterable[Any], make: Callable[[], bytes]) -> Content:
        """The file at `place` below `docs`; `made_from` is all that `make` looks at, arrays or what fits JSON."""
        digest = _digest(made_from)
        if self.has(place, digest):
            return self.keep(place)
        return self.put(place, digest, make())

    def has(self, place: str, digest: str | None = None) -> bool:
        """Whether the file is there as it was made, and from this, where that is told."""
        known = self.before.get("files", {}).get(place)
        if self.docs is None or not known or (digest is not None and known[0] != digest):
            return False
        size_and_time = _stat(self.docs / place)
        return size_and_time != NOT_THERE and size_and_time == known[1:]

    def keep(self, place: str) -> Content:
        """The file that stays."""
        assert self.docs is not None
        self.noted[place] = self.before["files"][place][0]
        return self.docs / place

    def put(self, place: str, digest: str, content: bytes) -> Content:
        """A file that was made; `digest` is of what it was made from."""
        self.noted[place] = digest
        if self.making is None:
            return content
        path = self.making / str(len(self.noted))
        path.write_bytes(content)
        return path

    def aside(self, rows: NDArray[np.void]) -> NDArray[np.void]:
        """The same array, on the disk for as long as the site is made."""
        if self.making is None or not rows.size:
            return rows
        handle, name = tempfile.mkstemp(dir=self.making)
        os.close(handle)
        rows.tofile(name)
        return np.memmap(name, rows.dtype, mode="r")

    def note(self) -> None:
        """Write the note, once the files are where they belong."""
        assert self.docs is not None
        files = {place: [digest, *_stat(self.docs / place)] for place, digest in self.noted.items()}
        told = [program(), files, self.remembered]
        content = {"digest": _digest(told), "files": files, "remembered": self.remembered}
        write_if_changed(self.docs.parent / NOTED, json_bytes(content))


@contextmanager
def keeping(source: Path, docs: Path) -> Iterator[Kept]:
    """For one publication, whose pages and files lie in `docs` of `source`; nothing is kept of another program."""
    making = source / MAKING
    shutil.rmtree(making, ignore_errors=True)
    if may_be_there(making):
        set_aside(making)
    making.mkdir(parents=True)
    try:
        yield Kept(docs, making, _noted(source / NOTED))
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _noted(path: Path) -> Mapping[str, Any]:
    """What the last publication noted; nothing where one byte of it is another, or another program wrote it."""
    told = json_object(path) or {}
    files, remembered = told.get("files"), told.get("remembered")
    if told.get("digest") != _digest([program(), files, remembered]):
        return {}
    return {"files": files, "remembered": remembered}


def _stat(path: Path) -> list[int]:
    try:
        told = path.stat()
    except OSError:
        return NOT_THERE
    return [told.st_size, told.st_mtime_ns]


@cache
def program() -> str:
    """What else files follow from: this program, and what writes numbers and archives."""
    sources = [
        path.read_bytes() for folder in (Path(__file__).parent, PACKAGE) for path in sorted(folder.rglob("*.py"))
    ]
    versions = [version(name) for name in ("pytest-relaybench", "numpy", "pandas", "duckdb")]
    told = [sys.version, zlib.ZLIB_RUNTIME_VERSION, *versions]
    return _digest([told, *(hashlib.sha256(source).hexdigest() for source in sources)])


def _digest(parts: Iterable[Any]) -> str:
    """The same for the same, whatever order nights came in: arrays by their bytes, all else as JSON."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(f"{part.dtype} {part.shape}".encode())
            found.update(np.ascontiguousarray(part).data)
        else:
            found.update(json.dumps(part, sort_keys=True).encode())
        found.update(b"\0")
    return found.hexdigest()[:32]
