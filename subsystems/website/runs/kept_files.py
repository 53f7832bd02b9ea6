"""What runs leave outside of the results: archives of the home, raw samples. Which are there, and how large."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_relaybench.archive import archive_file
from pytest_relaybench.home import Home
from pytest_relaybench.raw_samples import raw_file
from pytest_relaybench.render.format import value_text

from ..nights import Night


@dataclass(frozen=True)
class KeptFile:
    """A file of one run: what it is, at length and in short, its name, its size in words; without it, why not."""

    what: str
    short: str
    name: str
    size: str = ""
    why: str = ""


@dataclass(frozen=True)
class KeptFiles:
    """The files in the folders of a home that hold them, each folder read once; `run_id` is the run that asks."""

    home: Home
    run_id: str
    sizes: Mapping[Path, int] = field(repr=False)

    def of(self, night: Night) -> list[KeptFile]:
        """The archives of a run and its raw samples, whether they are there or not."""
        home, run_id = self.home, night.run_id
        is_this = run_id == self.run_id and not night.outcome
        after = "made when the run has ended" if is_this else "" if night.complete else "an interrupted run makes none"
        return [
            self._one("archive before the run", "before", archive_file(home, run_id, "before")),
            self._one("archive after the run", "after", archive_file(home, run_id, "after"), after),
            self._one("raw samples", "samples", raw_file(home.tmp_data_dir, run_id)),
        ]

    def _one(self, what: str, short: str, path: Path, why: str = "") -> KeptFile:
        size = self.sizes.get(path)
        if size is None:
            return KeptFile(what, short, path.name, why=why or "not there")
        return KeptFile(what, short, path.name, value_text(float(size), "B"))


def kept_files(home: Home, run_id: str) -> KeptFiles:
    """What lies in `backup_dir` and `tmp_data_dir` of the home."""
    sizes: dict[Path, int] = {}
    for folder in (home.backup_dir, home.tmp_data_dir):
        sizes |= _sizes(folder)
    return KeptFiles(home, run_id, sizes)


def _sizes(folder: Path) -> dict[Path, int]:
    try:
        with os.scandir(folder) as entries:
            return {folder / entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
    except OSError:
        return {}  # then each file of it is told as not there
