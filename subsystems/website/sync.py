"""Brings a folder to what it is to hold: only what differs is written, and all of it appears at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_relaybench.files import replace_together

from .site import Content


def write_changed(root: Path, wanted: Mapping[str, Content], staging: Path) -> int:
    """Write those of the files that differ from what `root` has, in the order given; return how many.

    They are first written to `staging`, on the same file system, so that `mkdocs serve`, which watches, builds once.
    """
    changed = {root / name: held for name, held in wanted.items() if _differs(root / name, held)}
    replace_together({path: _bytes(held) for path, held in changed.items()}, staging)
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
    try:
        size = path.stat().st_size
    except OSError:
        return True
    if size != (len(held) if isinstance(held, bytes) else held.stat().st_size):
        return True
    return path.read_bytes() != _bytes(held)


def _bytes(held: Content) -> bytes:
    return held if isinstance(held, bytes) else held.read_bytes()
