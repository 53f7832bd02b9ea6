"""The named moments at which a night is killed: which call, in which process, before or after, and who dies of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

INJECTION = Path(__file__).with_name("inject")
NIGHT, CHILD, SAMPLER = "pytest", "pytest_relaybench.isolation.worker", "pytest_relaybench.telemetry.sampler"
SUBSYSTEM, MKDOCS = "pytest_relaybench.subsystem_worker", "mkdocs"
PACKAGE = "pytest_relaybench"
LONGEST_SOON_S = 0.005
SITE = "output/website/"


@dataclass(frozen=True)
class Point:
    """A moment: the n-th call of a function, of those calls one of whose arguments has the text `about`.

    `module` is below our package unless it is named in full; a try draws its n from `n` to `most`. `torn` writes half
    of a journal's line, `soon` kills in the middle of the native code that follows. `process` is the module that
    Python was started with.
    """

    name: str
    module: str
    attribute: str
    when: Literal["before", "after", "torn", "soon"] = "before"
    about: str = ""
    most: int = 1
    n: int = 1
    process: str = NIGHT
    victim: Literal["self", "night", "all"] = "self"

    def drawn(self, random: Random) -> Point:
        """With an n of one try."""
        return replace(self, n=random.randint(self.n, max(self.n, self.most)))

    def environment(self, fired: Path, random: Random) -> Mapping[str, str]:
        """What a night is started with that shall be killed then; the file `fired` is there when it has been."""
        module = self.module if self.module in {"os", "tempfile", "mkdocs.utils"} else f"{PACKAGE}.{self.module}"
        told = {**asdict(self), "module": module, "fired": str(fired), "soon_s": random.uniform(1e-5, LONGEST_SOON_S)}
        return {"KILL_AT": json.dumps(told)}


def both(point: Point) -> tuple[Point, Point]:
    """Of a process below the session: the session dies of it, or all do."""
    return replace(point, victim="night"), replace(point, name=f"{point.name}, all die", victim="all")


JOURNAL = (
    Point("before the journal's first entry", "history.journal", "Journal.write", about="begin"),
    Point("between two entries", "history.journal", "Journal.write", most=7),
    Point("in the middle of a line", "files", "append_line", "torn", "journal.jsonl", most=7),
    Point("a line written, not yet synced", "os", "fsync", about="journal.jsonl", most=7),
    Point("a line synced", "files", "append_line", "after", "journal.jsonl", most=7),
)
RECORDS = (
    Point("a record's file made, still empty", "tempfile", "mkstemp", "after", "data_", most=2),
    Point("a record written, not yet synced", "os", "fsync", about="data_"),
    Point("between a record and its rename", "os", "replace", about="data_"),
    Point("after a record's rename, its folder not synced", "files", "sync_folder", about="experiments/data"),
    Point("between a status and its rename", "os", "replace", about="status", most=6),
    Point("between any file and its rename", "os", "replace", most=19),
    Point("between run.json and its rename", "os", "replace", about="run.json", most=3),
    Point("statuses of the last night forgotten", "pipeline", "forget_statuses", "after"),
    Point("while raw samples are packed", "raw_samples", "_csv", most=3),
    Point("between raw samples and their rename", "os", "replace", about="benchmarks_"),
)
TABLE = (
    Point("in the middle of the table's transaction", "history.upkeep", "append", "after", most=5),
    Point("before the table's commit", "history.upkeep", "_doubt_steps", "after", most=2),
    Point("within the table's commit", "history.upkeep", "_doubt_steps", "soon", most=2),
    Point("while the table's file closes", "history.upkeep", "refresh", "soon", most=2),
    Point("the table committed", "history.table", "Table.refresh", "after", most=2),
    Point("while steps of detection are kept", "history.table", "forget_steps"),
    Point("between verdicts and their rename", "os", "replace", about="verdicts.json"),
    Point("between incidents and their rename", "os", "replace", about="incidents.json"),
)
ENDING = (
    Point("while the archive is written", "archive", "_Archive._add", most=70),
    Point("between the archive and its rename", "os", "replace", about="dashboard_", most=2),
    Point("between the journal's end and the archive", "ending", "_put_away"),
    Point("before what is old is removed", "storage", "LocalFolder.remove", most=2),
    Point("when a part of what is old is removed", "storage", "LocalFolder.remove", "after"),
    Point("before the home is let go", "lock", "HomeLock.release"),
)
SUBSYSTEMS = (
    Point("before the subsystems", "ending", "run_all"),
    *both(Point("a subsystem begins", "subsystem_call", "call", process=SUBSYSTEM)),
    Point("between a subsystem's status and its rename", "os", "replace", about="/subsystem/status/", most=2),
    *both(Point("the site half in its place", "os", "replace", about=SITE, most=200, process=SUBSYSTEM)),
    *both(Point("MkDocs writes the site", "mkdocs.utils", "write_file", most=10, process=MKDOCS)),
)
BEGINNING = (
    Point("the home locked, its holder not named", "lock", "HomeLock._name_holder"),
    Point("before the journal is there", "history.journal", "Journal.__init__"),
    Point("before what killed runs left is swept away", "beginning", "sweep_leftovers"),
    Point("before a killed run's record is written", "recovering", "has_all", "after"),
    Point("when a killed run's record is written", "recovering", "_saved_tests", "after"),
    Point("between a killed run's record and its rename", "os", "replace", about="data_"),
    Point("before a killed run's journal is ended", "history.journal", "Journal.write", about="recovered"),
)
IN_TESTS = replace(JOURNAL[1], n=5, most=5)  # when two are in the journal
CHILDREN = (
    Point("before the experiment is collected", "isolation.serve", "serve", process=CHILD),
    Point("before a test", "isolation.serve", "Worker._run", process=CHILD, most=3),
    Point("in the middle of a measurement", "measure.bench", "warm_up", process=CHILD, most=3),
    Point("when a result is on its way", "isolation.protocol", "send", "after", "report", process=CHILD, most=9),
    Point("after a test", "isolation.serve", "Worker._run", "after", process=CHILD, most=3),
    Point("in the middle of a set-up", "setup_cache", "SetupCache._publish", process=CHILD),
    Point("the sampler in the middle of a line", "files", "append_line", "torn", process=SAMPLER, most=2),
)
