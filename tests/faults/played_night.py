"""A night played in this process: everything that a night does to a home but the measuring itself.

What tests measured is made up, so that thousands of damaged homes can be tried. Journal, records, table, verdicts,
incidents, statuses, subsystems, archives and the closing words are those of a real night.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pytest_relaybench import ending
from pytest_relaybench.beginning import begin, begin_experiment, new_night, number
from pytest_relaybench.cli.main import main
from pytest_relaybench.errors import ConfigError, HomeError
from pytest_relaybench.experiment import Experiment, load_config, read_source
from pytest_relaybench.files import write_if_changed
from pytest_relaybench.gate.baseline import read_baseline
from pytest_relaybench.history import journal as entries
from pytest_relaybench.home import Home
from pytest_relaybench.incidents import read_incidents
from pytest_relaybench.lock import HomeLock
from pytest_relaybench.options import Options
from pytest_relaybench.render import plots
from pytest_relaybench.run_comparison.sources import path_source
from pytest_relaybench.state import ExperimentNight, Night, TestState
from pytest_relaybench.subsystem_origin import Origin
from pytest_relaybench.subsystems import Planned, make_plan
from pytest_relaybench.terminal import last_duration, write_summary
from pytest_relaybench.times import iso, utc_now

from .project import make_project

USAGE_ERROR = 4  # pytest's exit status
TESTS = 3
OUR_FAULT = re.compile(r"\(\w+\.py:\d+( in \w+)?\)$")  # how an error that nobody expected is told in one line
EXPECTED = "pytest_relaybench.errors."


@dataclass
class Played:
    """What a person sees of the night and of the commands after it; `bugs` are errors that nobody expected."""

    status: int = 0
    lines: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)


def make_it_quick() -> None:
    """For this process, which plays many nights: code of subsystems is loaded once, and no picture is drawn."""

    def draw(_graph: Any, _tonight: Any, _history: Any, folder: Path, name: str) -> list[Path]:
        write_if_changed(folder / "comparison" / f"{name}.png", b"a picture")
        return [folder / "comparison" / f"{name}.png"]

    plots.draw = draw
    Origin.load = cache(Origin.load)  # type: ignore[method-assign]


def play(root: Path) -> Played:
    """A night in `root/H`, told as a person sees it."""
    played = Played()
    try:
        night = new_night(_options(root), root, times=True)
        night.plan = make_plan(night.home)
        lock = HomeLock(night.home.root, night.run_id)
        lock.acquire()
        number(night, utc_now())
    except (HomeError, ConfigError) as error:
        return Played(USAGE_ERROR, str(error).splitlines())
    with contextlib.redirect_stdout(io.StringIO()), lock:
        played.status = _pass(night, root)
    write_summary(_Reporter(played.lines), night)  # type: ignore[arg-type] # all that it needs
    played.bugs += _unexpected(night)
    return played


def commands(*asked: Sequence[str]) -> Played:
    """What these commands of `relaybench` print; `bugs` is empty, since an error that nobody expected is raised."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        statuses = [main([*words]) for words in asked]
    return Played(max(statuses, default=0), out.getvalue().splitlines())


def look(root: Path) -> Played:
    """The commands that read a whole home, and the readers of files that are named on a command line."""
    home = str(root / "H")
    check = ("check", home, "--bench", str(root / "bench"))
    played = commands(check, ("incidents", "--home", home), ("compare", "previous", "latest", "--home", home))
    baseline = root / "baseline.json"
    try:
        read_baseline(baseline)
        path_source(baseline)
    except ConfigError as error:
        played.lines += str(error).splitlines()
    return played


def _options(root: Path) -> Options:
    return Options(root / "H", True, 1, (), False, False, "process")


def _pass(night: Night, root: Path) -> int:
    """From the first entry of the journal to the archive after."""
    for position, path in enumerate(sorted((root / "bench").glob("test_*.py")), 1):
        name = path.stem.removeprefix("test_")
        if os.path.lexists(night.home.exp_config_file(name)):
            night.experiments[name] = _collected(night, name, path, position)
    assert night.plan is not None
    night.plan = replace(night.plan, entries=tuple(map(_in_this_process, night.plan.entries)))
    begin(night)
    for entry in night.in_order():
        last_duration(night, entry.name)
        begin_experiment(night, entry.name)
        _run_tests(night, entry)
        ending.end_experiment(night, entry)
    failed = any(entry.problem for entry in night.experiments.values())
    return ending.end(night, interrupted=False, exit_status=int(failed), note=lambda _: None)


def _collected(night: Night, name: str, path: Path, position: int) -> ExperimentNight:
    """As collection does it: what is wrong with its config concerns this experiment only."""
    module = ModuleType(f"test_{name}")
    try:
        source = read_source(night.home, name)
        experiment = Experiment(name, path, module, load_config(source, module), source)
    except ConfigError as error:
        return ExperimentNight(name, name, path, problem=str(error))
    if not experiment.config.active:
        return ExperimentNight(name, name, path, inactive=True)
    return ExperimentNight(name, name, path, experiment=experiment, selected=TESTS, position=position)


def _run_tests(night: Night, entry: ExperimentNight) -> None:
    assert night.journal is not None
    nights = len(list(night.home.exp_data_dir(entry.name).glob("data_*.json")))
    for case in range(TESTS):
        test: dict[str, Any] = {"test": "test_it", "params": {"case": case}}
        state = TestState(
            f"bench/test_{entry.name}.py::test_it[{case}]", **test, duration_s=0.1, setup_s=0.01, metrics=2
        )
        state.measured = {**test, "metrics": _metrics(nights), "comparisons": [], "ran_on": "cpu", **_artifact(nights)}
        entry.tests.append(state)
        night.journal.write(entries.TEST, experiment=entry.name, time=iso(utc_now()), **asdict(state))
        state.measured = None


def _metrics(nights: int) -> list[dict[str, Any]]:
    """A time that wavers, and a size that grows from the third night on, which is news at once."""
    times = [(1 + 0.001 * ((7 * nights + place) % 5)) / 1000 for place in range(5)]
    size = 1000.0 if nights < 2 else 1500.0
    return [
        {"name": "time", "unit": "s", "direction": "lower", "samples": times, "reps": []},
        {"name": "size", "unit": "B", "direction": "lower", "samples": [size], "reps": [], "deterministic": True},
    ]


def _artifact(nights: int) -> dict[str, Any]:
    found = f"{'a' if nights < 2 else 'b'}{'0' * 15}"
    return {"artifact": found, "artifacts": {found: {"main": found, "kernel_1": "c" * 16}}}


def _in_this_process(planned: Planned) -> Planned:
    if planned.subsystem is None:
        return planned
    if planned.name == "website":
        _without_mkdocs(planned.subsystem.run.__globals__)  # type: ignore[attr-defined] # it is a function
    return replace(planned, subsystem=replace(planned.subsystem, origin=None))


def _without_mkdocs(website: Mapping[str, Any]) -> None:
    """The site is brought into the web root as ever, but MkDocs, which takes seconds, makes one page of it."""

    def made(source: Path, _config: Path, built: Path, *_: Any) -> None:
        built.mkdir()
        (built / "index.html").write_text(str(len(list(source.rglob("*")))))

    website["build"].__globals__["_run_mkdocs"] = made


def _unexpected(night: Night) -> list[str]:
    told = [f"{night.home.shown(night.home.root)}: {fault}" for fault in night.faults]
    for entry in night.experiments.values():
        told += [f"{name}: {one.message}" for name, one in entry.statuses.items() if OUR_FAULT.search(one.message)]
    for name, status in night.subsystems.items():
        lines = str(status.extra.get("traceback", "")).strip().splitlines()
        if lines and not any(line.startswith(EXPECTED) for line in lines):
            told.append(f"{name}: {status.extra['traceback']}")
    return told


class _Reporter:
    """Takes the closing words instead of a terminal."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def section(self, title: str) -> None:
        """A heading."""

    def write_line(self, text: str, **_: Any) -> None:
        """A line."""
        self._lines += text.splitlines()


def make_home(root: Path, nights: int = 3) -> Home:
    """A home with everything in it that a program may find damaged, and `baseline.json` beside it."""
    project = make_project(root, experiments=2, pause_s=0)
    project.config("config/subsystem/score/config.json", {"active": True, "score_confs": SCORES})
    for name in ("stat_alerts", "website"):
        project.config(f"config/subsystem/{name}/config.json", {"active": True})
    # there is no such file: reports wait in the outbox
    webhook = {"active": True, "slack_webhook_file": str(root / "webhook")}
    project.config("config/subsystem/subsys_reporter/config.json", webhook)
    project.config("config/subsystem/exp_reports/config.json", webhook)
    for _ in range(nights):
        played = play(root)
        assert not played.bugs, played.bugs
    incident = read_incidents(project.home).all[-1].id
    home = str(root / "H")
    commands(("baseline", home, "-o", str(root / "baseline.json")), ("ack", incident, "--why", "seen", "--home", home))
    return project.home


SCORES = {"small": {"formula": "budget_score", "budgets": [{"experiment": "night_0", "limit": 100, "unit": "ms"}]}}
