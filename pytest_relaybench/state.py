"""What a session knows of its night: one explicit object, kept in pytest's stash."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest

from .choosing import Chosen, choose
from .config import ExperimentConfig
from .errors import reason_of
from .experiment import Experiment
from .gate import Baseline, GateResult
from .history.journal import Journal
from .history.records import Telemetry
from .history.sittings import Unfinished
from .history.status import Status
from .history.table import Table
from .home import Home
from .incidents import Incidents
from .judging.verdicts import NO_VERDICTS, Verdicts
from .options import Options
from .sentinels import Sentinels
from .subsystems import Plan
from .telemetry.watching import Watch
from .times import Stopwatch
from .unkept import Unkept

LONGEST_REASON = 120


@dataclass
class TestState:
    """What is known of one test so far; `failed_in` is the phase whose failure counts."""

    __test__ = False

    nodeid: str
    test: str = ""  # its name and parameters, as its measurements have them
    params: dict[str, Any] = field(default_factory=dict)
    variant: str | None = None  # the label of the TVM build it ran on, None when it uses none
    tvm_hash: str | None = None
    compared: list[str | None] = field(default_factory=list)  # hashes of the two builds that it compares
    outcome: Literal["passed", "failed", "skipped"] = "passed"
    failed_in: str = ""
    duration_s: float = 0.0
    setup_s: float = 0.0
    message: str = ""
    measured: dict[str, Any] | None = None  # until it is in the journal
    metrics: int = 0


@dataclass
class ExperimentNight:
    """One experiment tonight: its tests as they end, its stages as they are decided."""

    name: str
    title: str
    path: Path | None
    experiment: Experiment | None = None
    problem: str | None = None
    inactive: bool = False
    selected: int = 0
    position: int = 0
    journal_start: int = 0  # where its entries begin in the journal, in bytes
    clock: Stopwatch = field(default_factory=Stopwatch)  # while its tests run
    is_recorded: bool = True  # false: its record lacks what the journal has
    is_anew: bool = False  # what an earlier sitting of this night measured of it does not count
    started: datetime | None = None
    ended: datetime | None = None
    tests: list[TestState] = field(default_factory=list)
    comparisons: list[dict[str, Any]] = field(default_factory=list)  # of two builds, as the record has them
    statuses: dict[str, Status] = field(default_factory=dict)
    watch: Watch | None = None  # while its tests run
    telemetry: Telemetry | None = None  # what was seen

    @property
    def duration_s(self) -> float:
        """Seconds from its first test's start to its last one's end, in all sittings of the night."""
        return round(self.clock.seconds, 3)

    @property
    def is_interrupted(self) -> bool:
        """Whether tests that were selected have not run."""
        return len(self.tests) < self.selected


@dataclass
class Night:
    """One run: where it writes, when it began, what became of every experiment and subsystem."""

    options: Options
    home: Home
    config_home: Home | None  # where configs are read; none at a desk
    keeps_house: bool  # results go into a real home: archives, graphs, summaries and subsystems; false at a desk
    times: bool  # false with --benchmark-disable: every test runs once, nothing is measured
    run_id: str
    began: datetime
    seed: int
    table: Table
    experiments: dict[str, ExperimentNight] = field(default_factory=dict)
    is_selection: bool = False  # tests were picked by -k, by name or by what failed before
    plan: Plan | None = None  # the subsystems that run after the experiments
    subsystems: dict[str, Status] = field(default_factory=dict)
    verdicts: Verdicts = NO_VERDICTS  # on every series, when all is measured
    incidents: Incidents | None = None
    baseline: Baseline | None = None  # what the gate holds series against, where one is named
    gate: GateResult | None = None  # where one was asked for
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # test id → file, as a forge names it, and line
    left_by: str = ""  # the run that held the home's lock before and was killed, "" for none
    journal: Journal | None = None
    unfinished: Unfinished | None = None  # what this session goes on with
    resumed: list[pytest.Item] | None = None  # tests of earlier sittings, to look into if suspect; None: not known yet
    clock: Stopwatch = field(default_factory=Stopwatch)
    sentinels: Sentinels | None = None  # where they are measured: not at a desk
    beginning: dict[str, Any] = field(default_factory=dict)  # the journal's first entry
    site: Path | None = None
    unconfigured: list[str] = field(default_factory=list)  # experiments that the home has no config for
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # what failed and is no experiment's and no subsystem's
    unkept: Unkept = field(default_factory=Unkept)  # files that could not be written, the journal aside
    stopped: str = ""  # why no more tests were run, where results could not be kept any longer

    @property
    def settings(self) -> Home:
        """The home whose settings count: the one named, or the desk."""
        return self.config_home or self.home

    @property
    def setup_dir(self) -> Path:
        """Where set-up and builds are kept; a home's are used also when results stay at the desk."""
        return self.settings.setup_dir

    def chosen(self, config: ExperimentConfig) -> Chosen:
        """The TVM builds of an experiment with this config; raises ValueError for one that nobody knows."""
        return choose(self.options, self.settings.config, config)

    def stop(self, error: OSError) -> str:
        """The journal cannot be written: no more tests shall run; why, in a line."""
        assert self.journal is not None
        told = f"{self.home.shown(self.journal.path)}: the journal cannot be written: {reason_of(error)}"
        self.stopped = f"{told}; no more tests were run, and what was measured before is kept"
        return told

    def in_order(self) -> list[ExperimentNight]:
        """The experiments that run, in the order of the night."""
        return sorted((e for e in self.experiments.values() if e.position), key=lambda e: e.position)

    @property
    def failed(self) -> list[str]:
        """What went wrong, one line each: experiments by their first failed stage, and subsystems."""
        lines = []
        for entry in self.experiments.values():
            stage = next((stage for stage, status in entry.statuses.items() if not status.success), None)
            if stage is not None:
                lines.append(f"{entry.name} failed at {stage}: {_beginning(entry.statuses[stage].message)}")
        told = (
            f"subsystem {name} failed: {_beginning(status.message)}"
            for name, status in self.subsystems.items()
            if not status.success
        )
        stopped = [self.stopped] if self.stopped else []
        return [*lines, *stopped, *self.faults, *told, *self.unkept.lines()]


def _beginning(message: str) -> str:
    first = (message.strip().splitlines() or [""])[0]
    return first if len(first) <= LONGEST_REASON else first[: LONGEST_REASON - 1] + "…"


NIGHT = pytest.StashKey[Night]()
