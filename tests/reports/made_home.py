"""A home with one night in it, as a test tells: experiments, how their stages ended, subsystems."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import STAGES, Home, open_home
from pytest_relaybench.reading import parse_config
from tests.subsystems.loading import load

RUN = "20261122T030000.123456Z"
BEGAN = "2026-11-22T03:00:00.123456+00:00"
NIGHT = "2026-11-22 03:00 UTC"


@dataclass(frozen=True)
class Made:
    """One experiment: the stage that failed, if one did, with its message; the summary; names of graphs."""

    title: str = ""
    active: bool = True
    failed: str = ""
    message: str = ""
    notify: Sequence[str] | None = ()
    summary: str = "_Times on CPU_\nAot: 1.000"
    graphs: Sequence[str] = ()
    duration_s: float = 62.0
    run_id: str = RUN
    drawn: bool = True
    config: Mapping[str, Any] = field(default_factory=dict)


def make_home(root: Path, experiments: Mapping[str, Made]) -> Dashboard:
    """The home with these experiments, in this order, and the dashboard of its night."""
    with quickly():
        return _made(root, experiments)


def quickly() -> AbstractContextManager[object]:
    """While it lasts, files are written without waiting for the disk: no power cut is expected."""
    return patch("os.fsync")


def _made(root: Path, experiments: Mapping[str, Made]) -> Dashboard:
    write_json(root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    home = open_home(root)
    for name, made in experiments.items():
        _write(home, name, made)
    write_json(home.run_dir(RUN) / "run.json", {"run_id": RUN, "order": [*experiments], "start_time": BEGAN})
    table = Table(home)
    table.refresh()
    return Dashboard(home, RUN, table)


def _write(home: Home, name: str, made: Made) -> None:
    config = {"active": made.active, "title": made.title, **made.config}
    if made.notify is not None:
        config["notify"] = list(made.notify)
    write_json(home.exp_config_file(name), config)
    if not made.active:
        _status(home, name, "precheck", made, message="Inactive")
        return
    for stage in STAGES:
        if stage == "visualization" and not made.drawn:
            write_status(_place(home, name, stage), Status(False, "no colours left", made.run_id, BEGAN, 1.0))
            continue
        _status(home, name, stage, made)
        if stage == made.failed:
            return
    summary = {"schema": 1, "title": made.title or name, "value": made.summary, "run_id": made.run_id}
    write_json(home.exp_summary_dir(name) / "summary.json", summary)
    for graph in made.graphs:
        path = home.exp_graph_dir(name) / graph
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"picture of {name}".encode())


def _status(home: Home, name: str, stage: str, made: Made, message: str = "") -> None:
    bad = stage == made.failed
    seconds = made.duration_s if stage == "run" else 0.2
    extra = {"time_delta": "0:01:02"} if stage == "run" and made.duration_s == 62 else {}
    status = Status(not bad, made.message if bad else message, made.run_id, BEGAN, seconds, extra)
    write_status(_place(home, name, stage), status)


def _place(home: Home, name: str, stage: str) -> Path:
    return home.exp_status_dir(name) / f"{stage}.json"


def subsystem(dashboard: Dashboard, name: str, *, run_id: str = RUN, stage: str = "run", **told: Any) -> None:
    """Configure a subsystem and leave its status, and a report where one is given."""
    home = dashboard.home
    write_json(home.subsys_config_file(name), {"active": True, **told.get("config", {})})
    status = Status(told.get("success", True), told.get("message", ""), run_id, BEGAN, 0.1)
    if stage:
        write_status(home.subsys_status_dir(name) / f"{stage}.json", status)
    report = told.get("report")
    if report is not None:
        path = home.subsys_output_dir(name) / "report.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report if isinstance(report, str) else json.dumps(report))


def run(dashboard: Dashboard, name: str, **config: Any) -> Any:
    """Run one of our subsystems on the night with this config; what it returns."""
    module = load(name)
    output = dashboard.home.subsys_output_dir(name)
    output.mkdir(parents=True, exist_ok=True)
    read = parse_config(json.dumps({"active": True, **config}), module.Config, name=f"{name}/config.json")
    return module.run(dashboard, read, output)
