"""Brings a folder to what it is to hold: only what differs is written, and all of it appears at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_relaybench.files import replace_together

from .kept import Content

AT_ONCE = 2**20  # bytes


def write_changed(root: Path, wanted: Mapping[str, Content], staging: Path) -> int:
    """Write those of the files that differ from what `root` has, in the order given; return how many.

    They are first written to `staging`, on the same file system, so that `mkdocs serve`, which watches, builds once.
    """
    changed = {root / name: held for name, held in wanted.items() if _differs(root / name, held)}
    replace_together(changed, staging)
    return len(changed)


def remove(root: Path, names: Iterable[str]) -> None:
    """Remove these files of `root`, and the folders below it that are then empty; a name that leads outside is none."""
    whole = root.resolve()
    for name in names:
        path = (root / name).resolve()
        if not path.is_relative_to(whole):
            continue
        path.unlink(missing_ok=True)
        parent = path.parent
        while parent != whole and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent


def _differs(path: Path, held: Content) -> bool:
    if path == held:  # it stays
        return False
    try:
        size = path.stat().st_size
    except OSError:
        return True
    if isinstance(held, bytes):
        return size != len(held) or path.read_bytes() != held
    return size != held.stat().st_size or not _is_equal(path, held)


def _is_equal(one: Path, other: Path) -> bool:
    """Whether two files of one size hold the same, a piece of each in memory."""
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(AT_ONCE):
            if piece != second.read(AT_ONCE):
                return False
    return True
