"""Nights of one experiment for `stat_alerts`, and running it on them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from pytest_relaybench.dashboard import Report
from pytest_relaybench.history.records import TestOutcome, read_record, write_record
from tests.subsystems.loading import load
from tests.subsystems.night_home import NightHome, measured

alerts = load("stat_alerts")


def output(night: NightHome) -> Path:
    return night.home.subsys_output_dir("stat_alerts")


def run(night: NightHome, **config) -> Report | None:
    config = alerts.Config.model_validate_json(json.dumps({"active": True, **config}))
    return alerts.run(night.dashboard(), config, output(night))


def kept(night: NightHome) -> dict:
    return json.loads((output(night) / "alerts.json").read_text())


def nights(night: NightHome, values, name: str = "mine", title: str = "Mine", **more) -> None:
    """A night for each value of the one series `(a)`; None is a night without it."""
    for night.night, value in enumerate(values):
        rows = [] if value is None else [measured({"x": "a"}, value, **more)]
        night.ran(name, [measured({"x": "other"}, 1.0), *rows], title=title)


def had_tests(night: NightHome, names: str, first: str = "passed") -> None:
    """The night's record tells of a test for each letter; the first ended so, the others passed."""
    path = night.home.data_file("mine", night.run_id)
    record = read_record(path)
    ends = [first, *["passed"] * (len(names) - 1)]
    tests = [
        TestOutcome(f"bench/test_mine.py::test_it[{name}]", end, 0.1) for name, end in zip(names, ends, strict=True)
    ]
    write_record(path, dataclasses.replace(record, tests=tests, complete=True))


def wobble(level: float, count: int) -> list[float]:
    """Nights around a level, half a percent up and down, none like another."""
    return [level * (1 + 0.005 * (-1) ** i + 0.00001 * i) for i in range(count)]
