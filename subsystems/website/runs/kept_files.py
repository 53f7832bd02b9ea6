"""What runs leave outside of the results: archives of the home, raw samples. Which are there, and how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_relaybench.archive import When, archive_name, former_name
from pytest_relaybench.home import Home
from pytest_relaybench.raw_storage import raw_name
from pytest_relaybench.render.format import value_text
from pytest_relaybench.storage import Storage

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
    """The files in the places of a home that hold them, each place read once; `run_id` is the run that asks."""

    run_id: str
    archives: Mapping[str, int] = field(repr=False)  # name → bytes
    samples: Mapping[str, int] = field(repr=False)

    def of(self, night: Night) -> list[KeptFile]:
        """The archives of a run and its raw samples, whether they are there or not."""
        run_id = night.run_id
        is_this = run_id == self.run_id and not night.outcome
        after = "made when the run has ended" if is_this else "" if night.complete else "an interrupted run makes none"
        return [
            self._archive("before", run_id),
            self._archive("after", run_id, after),
            _one("raw samples", "samples", raw_name(run_id), self.samples),
        ]

    def _archive(self, when: When, run_id: str, why: str = "") -> KeptFile:
        """Of today's form, or of that which earlier versions wrote."""
        names = archive_name(run_id, when), former_name(run_id, when)
        name = next((name for name in names if name in self.archives), names[0])
        return _one(f"archive {when} the run", when, name, self.archives, why)


def _one(what: str, short: str, name: str, sizes: Mapping[str, int], why: str = "") -> KeptFile:
    if name not in sizes:
        return KeptFile(what, short, name, why=why or "not there")
    return KeptFile(what, short, name, value_text(float(sizes[name]), "B"))


def kept_files(home: Home, run_id: str) -> KeptFiles:
    """What lies in `backup_dir` and `tmp_data_dir` of the home."""
    return KeptFiles(run_id, _sizes(home.backups), _sizes(home.raw_samples))


def _sizes(storage: Storage) -> dict[str, int]:
    try:
        return {file.name: file.size for file in storage.files()}
    except OSError:
        return {}  # then each file of it is told as not there
