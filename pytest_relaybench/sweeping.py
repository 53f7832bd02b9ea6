"""What killed runs left behind: files half written, folders half filled. Nothing else is touched."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .archive import PREFIX as ARCHIVES
from .home import Home
from .lock import HOLDER_FILE
from .mounts import type_without_shared_locks
from .raw_storage import PREFIX as RAW
from .setup_cache import sweep
from .storage import LocalFolder

_FILE = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp")  # as files.replacing names what it writes
_FOLDER = re.compile(r"\.[a-z0-9_]{8}\.tmp")  # as files.replace_together names where it writes
MAY_LIVE_S = 24 * 3600  # in a folder that runs of other homes write to


def sweep_leftovers(home: Home) -> None:
    """Remove what was begun before this run took the home, and never put in its place; nothing of a home that is free.

    Archives and raw samples that are kept outside of the home may be another home's, which writes them now: of these
    only what is a day old goes. What cannot be removed stays, and set-ups that another run fills now do.
    """
    try:
        taken = (home.root / HOLDER_FILE).stat().st_mtime
    except OSError:
        return
    for path in _inside(home):
        _remove(path, taken)
    for path in _outside(home):
        _remove(path, time.time() - MAY_LIVE_S)
    if not type_without_shared_locks(home.setup_dir):  # else another host may build there unseen
        with suppress(OSError):
            sweep(home.setup_dir)


def _inside(home: Home) -> Iterator[Path]:
    """Below the home, but for set-ups, which have locks of their own, and for what links lead to."""
    setups = Path(os.path.realpath(home.setup_dir))
    for name, folders, files in os.walk(os.path.realpath(home.root)):
        folder = Path(name)
        left = [one for one in folders if _FOLDER.fullmatch(one)]
        yield from (folder / one for one in [*left, *filter(_FILE.fullmatch, files)])
        folders[:] = [one for one in folders if one not in left and folder / one != setups]


def _outside(home: Home) -> Iterator[Path]:
    for storage, prefix in ((home.backups, ARCHIVES), (home.raw_samples, RAW)):
        if isinstance(storage, LocalFolder) and storage.folder.is_dir():
            begun = storage.folder.glob(f".{prefix}*.tmp")
            yield from (path for path in begun if _FILE.fullmatch(path.name))


def _remove(path: Path, before: float) -> None:
    with suppress(OSError):
        if path.is_symlink() or path.stat().st_mtime >= before:
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
