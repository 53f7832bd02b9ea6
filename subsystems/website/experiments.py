"""What the site knows of each experiment: its state in words, its stages, what it measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import json_object
from pytest_relaybench.history.records import Record
from pytest_relaybench.history.status import Status
from pytest_relaybench.home import STAGES
from pytest_relaybench.judging.keeping import read_verdicts
from pytest_relaybench.judging.verdicts import Verdicts
from pytest_relaybench.render.format import parse_time, run_time
from pytest_relaybench.telemetry.disturbances import disturbances

from .failures import Failures, failures_of
from .graphs import Graph, graphs_of
from .headline import Headline, Judgement, headline_of, judgement_of
from .inert import slug
from .long_rows import long_rows
from .nights import Night
from .series import History, history_of
from .side_by_side import SideBySide, side_by_side_of
from .skips import Skipped, skips_of

NEEDED = [
    "run_id", "timestamp", "test", "params", "metric", "unit", "direction", "variant", "tvm_hash", "machine", "n",
    "median", "min", "ci_low", "ci_high", "value", "derived", "deterministic",
]  # fmt: skip
TELEMETRY = "telemetry"  # folder of the pictures that the subsystem of this name draws
STAGE_WORDS = {
    "precheck": "precheck",
    "setup": "setup",
    "run": "run",
    "analysis": "analysis",
    "visualization": "graphs",
    "summary": "summary",
}


class State(StrEnum):
    """How an experiment stands, gravest first; the value is the word that people read."""

    FAILED = "failed"
    ABSENT = "not in this run"
    FINE = "fine"
    NEVER = "never ran"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class Stage:
    """One stage as the experiment's page tells it; `status` is None when it never ran."""

    name: str
    status: Status | None
    current: bool  # of the newest run that had this experiment

    @property
    def word(self) -> str:
        """Its outcome in words."""
        if self.status is None:
            return "never ran"
        return "success" if self.status.success else "failed"


@dataclass(frozen=True)
class Rows:
    """What an experiment has in the table, without the values: `builds` is run_id, variant and tvm_hash of each run."""

    by_year: Mapping[str, int]  # how many rows; the year is what the run's id begins with
    machines: Sequence[str]  # the newest first
    builds: pd.DataFrame = field(repr=False)

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.by_year.values())


@dataclass(frozen=True)
class Experiment:
    """One experiment, as of the run `run_id`, the newest that had it (empty: none)."""

    name: str
    title: str
    state: State
    run_id: str
    config: Mapping[str, Any] = field(repr=False)
    stages: Sequence[Stage] = field(repr=False)
    history: History = field(repr=False)
    measured: Rows = field(repr=False)
    record: Record | None = field(repr=False)
    summary: Mapping[str, Any] | None = field(repr=False)
    graphs: Sequence[Graph] = field(repr=False)
    telemetry_graphs: Sequence[Graph] = field(repr=False)
    graphs_as_of: datetime | None
    duration_s: float | None
    headline: Headline | None = field(repr=False)
    judgement: Judgement = field(repr=False)
    side_by_side: SideBySide = field(repr=False)

    @property
    def slug(self) -> str:
        """The name of its page and files."""
        return slug(self.name)

    @property
    def failure(self) -> Stage | None:
        """The first stage that failed in its newest run."""
        return next((s for s in self.stages if s.current and s.status and not s.status.success), None)

    @property
    def values_as_of(self) -> str:
        """The run whose values are the newest; empty when there are none."""
        return self.history.nights[-1] if self.history.nights else ""

    @property
    def bad_tests(self) -> list[Failures]:
        """Tests of the newest record that did not pass, by message."""
        return failures_of(self.record.tests if self.record else ())

    @property
    def skips(self) -> list[Skipped]:
        """Tests of the newest record that were skipped, by reason."""
        return skips_of(self.record.tests if self.record else ())

    @property
    def skipped(self) -> int:
        """How many tests its newest run skipped."""
        return sum(len(group.tests) for group in self.skips) if self._is_recorded else 0

    @property
    def disturbances(self) -> list[str]:
        """What about the machine may have changed the times of its newest run."""
        told = self.record.telemetry if self.record and self._is_recorded else None
        return disturbances(told) if told else []

    @property
    def _is_recorded(self) -> bool:
        return self.record is not None and self.record.run_id == self.run_id

    @property
    def gravity(self) -> int:
        """To sort by: what somebody should look at comes first."""
        order = [State.FAILED, State.ABSENT, State.FINE, State.NEVER, State.INACTIVE]
        calm = self.judgement.kind not in ("slower", "missing", "broken") and self.side_by_side.kind != "slower"
        return 2 * order.index(self.state) + calm


def experiments_of(dashboard: Dashboard, nights: Sequence[Night]) -> Iterator[tuple[Experiment, pd.DataFrame]]:
    """Every experiment that the home configures, with its `long_rows` of the table, NEEDED.

    One after the other, since years of nights of all of them at once would not fit into memory.
    """
    by_run = {night.run_id: night for night in nights}
    verdicts = NightVerdicts(dashboard)
    years = sorted({night.run_id[:4] for night in nights})
    with dashboard.table.reading():
        for name in dashboard.home.experiment_names():
            rows = long_rows(dashboard.table, name, NEEDED, years)
            yield experiment_of(dashboard, name, rows, by_run, verdicts), rows


def gravest_first(experiments: Iterable[Experiment]) -> list[Experiment]:
    """Those that somebody should look at, then by title."""
    return sorted(experiments, key=lambda e: (e.gravity, e.title.lower(), e.name))


class NightVerdicts:
    """What nights said of experiments, each night read once: one that did not run tonight is told as it was then."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._home = dashboard.home
        self._nights = {dashboard.run_id: _by_experiment(dashboard.verdicts())}

    def of(self, experiment: str, run_id: str) -> pd.DataFrame | None:
        """The verdicts of one night on one experiment, None where that night kept none."""
        if run_id not in self._nights:
            self._nights[run_id] = _by_experiment(read_verdicts(self._home, run_id) if run_id else None)
        return self._nights[run_id].get(experiment)


def _by_experiment(verdicts: Verdicts | None) -> dict[str, pd.DataFrame]:
    return {str(name): rows for name, rows in verdicts.frame.groupby("experiment")} if verdicts else {}


def experiment_of(
    dashboard: Dashboard, name: str, rows: pd.DataFrame, nights: Mapping[str, Night], verdicts: NightVerdicts
) -> Experiment:
    """Everything that the site tells of one experiment, whose rows of the table these are."""
    config = _config(dashboard, name)
    statuses = dashboard.statuses(name)
    run_id = max((status.run_id for status in statuses.values()), default="")
    record = dashboard.newest_record(name)
    side_by_side = side_by_side_of(record)
    history = history_of(rows, side_by_side.labels, verdicts.of(name, run_id))
    pictures = graphs_of(dashboard.home.exp_graph_dir(name), dashboard.graphs(name))
    graphs = [graph for graph in pictures if graph.folder != TELEMETRY]
    return Experiment(
        name=name,
        title=_title(config, record, name),
        state=_state(config, statuses, run_id, dashboard.run_id),
        run_id=run_id,
        config=config,
        stages=_stages(statuses, run_id),
        history=history,
        measured=_measured(rows),
        record=record,
        summary=dashboard.summary(name),
        graphs=graphs,
        telemetry_graphs=[graph for graph in pictures if graph.folder == TELEMETRY],
        graphs_as_of=_graphs_as_of(graphs, statuses.get("visualization")),
        duration_s=_duration(name, nights.get(run_id), statuses, run_id),
        headline=headline_of(history),
        judgement=judgement_of(history, history.series),
        side_by_side=side_by_side,
    )


def _measured(rows: pd.DataFrame) -> Rows:
    code, runs = pd.factorize(rows["run_id"])
    by_year: Counter[str] = Counter()
    for run, count in zip(runs, np.bincount(code, minlength=len(runs)).tolist(), strict=True):
        by_year[str(run)[:4]] += count
    known = rows.loc[rows["tvm_hash"].notna(), ["run_id", "variant", "tvm_hash"]]
    return Rows(
        by_year=dict(sorted(by_year.items())),
        machines=list(reversed(rows["machine"].drop_duplicates(keep="last").astype(str).tolist())),
        builds=known.drop_duplicates(["run_id", "variant"], keep="last").astype(str),
    )


def _config(dashboard: Dashboard, name: str) -> dict[str, Any]:
    """The config file as it is; empty when it cannot be read, which is what the precheck then tells."""
    return json_object(dashboard.home.exp_config_file(name)) or {}


def _title(config: Mapping[str, Any], record: Record | None, name: str) -> str:
    for title in (config.get("title"), record.title if record else None):
        if isinstance(title, str) and title.strip():
            return title
    return name


def _state(config: Mapping[str, Any], statuses: Mapping[str, Status], newest: str, this_run: str) -> State:
    if config.get("active") is False:
        return State.INACTIVE
    if not statuses:
        return State.NEVER
    if any(not status.success for status in statuses.values() if status.run_id == newest):
        return State.FAILED
    ran = "run" in statuses and statuses["run"].run_id == this_run
    return State.FINE if newest == this_run and ran else State.ABSENT


def _stages(statuses: Mapping[str, Status], run_id: str) -> list[Stage]:
    found = ((name, statuses.get(name)) for name in STAGES)
    return [Stage(STAGE_WORDS[name], status, status is not None and status.run_id == run_id) for name, status in found]


def _duration(name: str, night: Night | None, statuses: Mapping[str, Status], run_id: str) -> float | None:
    """Wall-clock seconds as its run tells them, else the sum over its stages."""
    told = next((part.duration_s for part in night.parts if part.name == name), None) if night else None
    if told is not None:
        return told
    spent = [status.duration_s for status in statuses.values() if status.run_id == run_id]
    return sum(spent) if spent else None


def _graphs_as_of(graphs: Sequence[Graph], drawn: Status | None) -> datetime | None:
    """When they were drawn: told by their stage's status when that went well, else by the files themselves."""
    if not graphs:
        return None
    if drawn is not None and drawn.success:
        return run_time(drawn.run_id) or parse_time(drawn.timestamp)
    return datetime.fromtimestamp(max(graph.path.stat().st_mtime for graph in graphs), UTC)
