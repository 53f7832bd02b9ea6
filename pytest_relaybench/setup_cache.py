"""What experiments need built before they run, built once, kept between runs, and built anew when its inputs change."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from .files import sync_folder, write_json
from .setup_key import describe_input, key_of

META_SCHEMA = 1
CONTENT = "content"
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_LEFT_BY_BUILDER = re.compile(r"\.(.+-[0-9a-f]{20})\..*tmp")  # what an entry is filled as, or goes by when it has to go

Build = Callable[[Path], None]


def _silent(_text: str) -> None:
    """Tell nobody."""


class SetupCache:
    """Folders built by `build` functions, under `folder`, shared by every process that asks for the same inputs.

    An entry is `<name>-<key>/` with `content/`, what `build` made, and `meta.json`, what it was made of and when. The
    key is over the name, the inputs and the source of `build`: values are taken as JSON, paths by their content,
    functions, classes and modules by their source, functions also by the numbers and texts they were defined with. What
    `build` reads besides (a global, a download, the versions of packages) it must be given as an input. `content/` is
    shared: read it, do not write into it.

    With `rerun`, what was there before this cache was made is built anew, once; `fresh_since` (seconds since 1970)
    says the same for several processes, which then agree on one build.
    """

    def __init__(
        self, folder: Path, rerun: bool = False, log: Callable[[str], None] = _silent, fresh_since: float | None = None
    ) -> None:
        self._folder = folder
        self._log = log
        self._fresh_since = time.time() if rerun and fresh_since is None else fresh_since

    def __call__(self, name: str, build: Build, *inputs: Any) -> Path:
        """The folder that `build(folder)` filled, now or earlier, for these inputs.

        Whoever comes while another process builds waits for it. What `build` raises passes through and leaves
        nothing. Raises ValueError for a name that is no file name, TypeError for an input that cannot be a key.
        """
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(f'set-up "{name}": names are letters, digits, "_", "-" and "."')
        told = [describe_input(value) for value in (build, *inputs)]
        entry = self._folder / f"{name}-{key_of([name, told])}"
        if not self._is_usable(entry):
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / f".{entry.name}.lock", thread_local=False):
                if not self._is_usable(entry):
                    self._build(entry, build, told)
        return entry / CONTENT

    def _is_usable(self, entry: Path) -> bool:
        if self._fresh_since is None:
            return (entry / CONTENT).is_dir()
        try:
            return bool(json.loads((entry / "meta.json").read_bytes())["built_at"] >= self._fresh_since)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _build(self, entry: Path, build: Build, told: list[Any]) -> None:
        """Fill a folder beside the entry and rename it; called with the entry's lock held."""
        self._sweep(entry)
        beside = Path(tempfile.mkdtemp(dir=self._folder, prefix=f".{entry.name}.", suffix=".tmp"))
        beside.chmod(0o755)
        try:
            self._log(f"building {entry.name}")
            start = time.monotonic()
            (beside / CONTENT).mkdir()
            build(beside / CONTENT)
            write_json(beside / "meta.json", _meta(entry.name, told, start))
            self._publish(beside, entry)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise

    def _publish(self, beside: Path, entry: Path) -> None:
        """A folder cannot be renamed over another: the old one steps aside first."""
        if entry.exists():
            os.replace(entry, beside.with_suffix(".old.tmp"))
        os.replace(beside, entry)
        sync_folder(self._folder)
        self._sweep(entry)

    def _sweep(self, entry: Path) -> None:
        """Remove what killed builders of this entry left; nobody else is building it, since its lock is held."""
        for left in self._folder.glob(f".{entry.name}.*.tmp"):
            shutil.rmtree(left, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what killed builders left in a folder of set-ups, whatever its entry; not what somebody builds now."""
    for left in folder.glob(".*tmp"):
        entry = _LEFT_BY_BUILDER.fullmatch(left.name)
        if entry is None:
            continue
        try:
            with FileLock(folder / f".{entry[1]}.lock", timeout=0, thread_local=False):
                shutil.rmtree(left, ignore_errors=True)
        except Timeout:
            continue


def _meta(entry: str, told: list[Any], start: float) -> dict[str, Any]:
    end = time.time()
    return {
        "schema": META_SCHEMA,
        "entry": entry,
        "inputs": told,
        "built_at": end,
        "when": datetime.fromtimestamp(end, UTC).isoformat(timespec="seconds"),
        "duration_s": round(time.monotonic() - start, 3),
    }
