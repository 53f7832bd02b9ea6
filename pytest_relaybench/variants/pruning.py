"""Which builds are kept: those that somebody uses now, and of the others the most recently used."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import BinaryIO

from ..setup_cache import sweep

USED = "used"  # beside `content`: locked while a process uses the build, and its time says when one last did


def begin_use(entry: Path) -> BinaryIO | None:
    """Mark the build as used until the file that is returned is closed or this process ends; None when it is gone."""
    try:
        file = (entry / USED).open("ab")
    except FileNotFoundError:
        return None
    fcntl.flock(file, fcntl.LOCK_SH)
    if not entry.is_dir() or os.fstat(file.fileno()).st_nlink == 0:  # removed while waiting for the lock
        file.close()
        return None
    os.utime(entry / USED)
    return file


def prune(folder: Path, keep: int) -> list[str]:
    """Remove all but the `keep` most recently used builds in `folder`; never one in use. The names of those removed.

    What killed builders left is removed, too.
    """
    sweep(folder)
    entries = [path for path in folder.glob("*/") if not path.name.startswith(".")]
    oldest_first = sorted(entries, key=_last_used)
    return [entry.name for entry in oldest_first[: max(0, len(entries) - keep)] if _remove(entry)]


def _last_used(entry: Path) -> float:
    used = entry / USED
    return (used if used.exists() else entry).stat().st_mtime


def _remove(entry: Path) -> bool:
    """Remove a build unless somebody uses it; it vanishes as a whole or not at all."""
    with (entry / USED).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        aside = entry.with_name(f".{entry.name}.pruned.tmp")
        shutil.rmtree(aside, ignore_errors=True)
        os.replace(entry, aside)
    shutil.rmtree(aside, ignore_errors=True)
    return True
