"""A project that is well before a fault of its places: one run before was killed, another has its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from pytest_relaybench.beginning import begin, new_night, number
from pytest_relaybench.history.building import build_record
from pytest_relaybench.history.journal import BEGIN, EXPERIMENT, JOURNAL_SCHEMA, TEST, Journal, read_journal
from pytest_relaybench.history.records import canonical, write_record
from pytest_relaybench.history.table import open_history
from pytest_relaybench.lock import HomeLock
from pytest_relaybench.options import Options
from pytest_relaybench.times import utc_now

from .campaign import Outcome
from .project import EXPERIMENT as MEASURING
from .project import Project, make_project

QUIET = ("-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:anyio")  # plugins of this environment that cost time
DRAWING = """

def visualize(table, folder):
    (folder / "table.txt").write_text(str(len(table)))
"""
TESTS = 3
STEADY = MEASURING.format(tests=TESTS, pause_s=0.02)
KILLED = "20260101T000000.000000Z"
OLDER = "20251231T000000.000000Z"
MOMENT = "2026-01-01T00:00:00.000000+00:00"
BEFORE = (OLDER, "night_0", "test_it", canonical({"case": 0}))
TRACES = ("Traceback (most recent call last)", "INTERNALERROR", "Exception ignored")
LONGEST_TOLD = 5000
WHOLE = 1 / 6  # of the next nights; the others only begin, since that is when what was left is recovered


@dataclass(frozen=True)
class Well(Project):
    """A project whose nights have `tests` tests, and how a night with a fault is judged when all is well again."""

    random: Random
    tests: int

    def command(self, *arguments: str) -> list[str]:
        return super().command(*QUIET, *arguments)

    def judged(self, status: int, output: str, *reasons: str, told: str) -> Outcome:
        """What the next night finds: all that was finished, and no file that is half there.

        The faulty night has to tell one of the reasons in a line, and to fail unless everything measured is kept.
        """
        complaints = [f"a traceback: {trace}" for trace in TRACES if trace in output]
        finished = {BEFORE, *self.finished()}
        kept = [test for test in self.kept() if test[0] not in {KILLED, OLDER}]
        if status == 0 and len(kept) < self.tests:
            complaints.append(f"exit status 0, but {len(kept)} of {self.tests} tests are kept")
        faults = (line for line in output.splitlines() if not line.startswith("note: "))
        if status == 0 and any(reason in line for line in faults for reason in reasons):
            complaints.append("exit status 0, but more than a note was told")
        if status not in {0, 1, 4}:
            complaints.append(f"exit status {status}")
        if status != 0 and not any(reason in output for reason in reasons):
            complaints.append(f"none of {reasons} is told")
        complaints += self._next_night()
        lost = finished - self.kept()
        lines = [f"{told}: exit status {status}", *complaints, *(f"lost: {test}" for test in sorted(lost))]
        return Outcome(not complaints, len(lost), "\n".join([*lines, output[-LONGEST_TOLD:]]))

    def _next_night(self) -> list[str]:
        """What is wrong with the next night, or with what it leaves."""
        wrong = []
        if self.random.random() < WHOLE:
            status, output = self.night()
            wrong += [f"the next night came to {status}: {output}"] if status else []
        else:
            self._begin_next()
        if open_history(self.home_folder).empty:
            wrong.append("the table is empty")
        return [*wrong, *self.halves()]

    def _begin_next(self) -> None:
        """A night's beginning: whatever is wrong with the home is raised."""
        options = Options(self.home_folder, True, 1, (), False, False, "process")
        night = new_night(options, self.root, times=True)
        with HomeLock(night.home.root, night.run_id):
            number(night, utc_now())
            begin(night)


def make_well(
    root: Path,
    random: Random,
    code: str = STEADY,
    *,
    tests: int = TESTS,
    draws: bool = False,
    kind: type[Well] = Well,
    home: Mapping[str, Any] = MappingProxyType({}),
) -> Well:
    """A project of one experiment with this code, which draws by itself, unless `draws` says that we do."""
    make_project(root, experiments=0, **home)
    well = kind(root, random, tests)
    well.experiment("night_0", code if draws else code + DRAWING)
    journal = Journal(well.home.run_dir(KILLED))
    for entry in _killed():
        journal.write(**entry)
    record = build_record(read_journal(journal.path), "night_0")
    write_record(well.home.data_file("night_0", OLDER), replace(record, run_id=OLDER))
    return well


def _killed() -> list[Mapping[str, Any]]:
    """The journal of a run that was killed after one of two tests."""
    test = {"test": "test_it", "params": {"case": 0}}
    metric = {"name": "time", "samples": [1.0, 1.5], "unit": "s", "direction": "lower", "reps": [0, 0]}
    head = {
        "title": "",
        "position": 1,
        "selected": 2,
        "config": {},
        "variant": "installed",
        "tvm_hash": None,
        "source": "",
    }
    ended = {
        "nodeid": "bench/test_night_0.py::test_it[0]",
        "outcome": "passed",
        "duration_s": 1.0,
        "message": "",
        "metrics": 1,
    }
    return [
        {
            "kind": BEGIN, "schema": JOURNAL_SCHEMA, "run_id": KILLED, "timestamp": MOMENT, "seed": 1,
            "order": ["night_0"], "machine": {"id": "another"}, "versions": {},
        },
        {"kind": EXPERIMENT, "experiment": "night_0", "time": MOMENT, **head},
        {
            "kind": TEST, "experiment": "night_0", "time": MOMENT, **ended, **test,
            "measured": {**test, "metrics": [metric]},
        },
    ]  # fmt: skip
