"""Homes whose nights are made: every value, build, artifact and outcome is the test's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from pytest_relaybench.history.records import Measurement, Record, Telemetry, TestOutcome, describe, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home
from pytest_relaybench.judging.judge import judge
from pytest_relaybench.judging.tonight import ExperimentTonight, Tonight
from pytest_relaybench.judging.verdicts import Verdicts

FIRST = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)
MACHINE = {"id": "5d2f0a1b9c3e", "cpu_model": "A CPU", "kernel": "6.1.0"}
BUILD = "0.27.0"


@dataclass(frozen=True)
class Test:
    """One test's night: its time, or how it ended without one."""

    __test__ = False

    name: str
    value: float | None = None
    outcome: str = "passed"
    message: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)  # further fields of its measurement


@dataclass
class Nights:
    """A home that is written night by night; `judge` says what the newest one comes to."""

    home: Home
    count: int = 0
    machine: Mapping[str, Any] = field(default_factory=lambda: MACHINE)
    throttled: bool | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    source: str = ""  # hash of the experiment's own sources
    tests: dict[str, Sequence[Test]] = field(default_factory=dict)

    def run_id(self, night: int) -> str:
        return f"{FIRST + timedelta(days=night):%Y%m%dT%H%M%S.%f}Z"

    def night(self, **experiments: Sequence[Test]) -> None:
        """One more night with these experiments."""
        for name, tests in experiments.items():
            write_record(self.home.data_file(name, self.run_id(self.count)), self._record(name, tests))
        self.tests = dict(experiments)
        self.count += 1

    def extra(self, experiment: str, confirmations: Sequence[Mapping[str, Any]], **more: Any) -> None:
        """Tonight's record of the experiment tells of these second measurements, and of more beside."""
        record = self._record(experiment, self.tests[experiment], night=self.count - 1)
        path = self.home.data_file(experiment, self.run_id(self.count - 1))
        write_record(path, replace(record, extra={"confirmations": list(confirmations), **more}))

    def tonight(self, **changed: Any) -> Tonight:
        told = {name: ExperimentTonight([outcome(test) for test in tests]) for name, tests in self.tests.items()}
        return replace(Tonight(self.run_id(self.count - 1), MACHINE["id"], told), **changed)

    def judge(self, **changed: Any) -> Verdicts:
        """The verdicts on the newest night."""
        return judge(self.table(), self.tonight(**changed))

    def table(self) -> Table:
        table = Table(self.home)
        table.refresh()
        return table

    def _record(self, name: str, tests: Sequence[Test], night: int | None = None) -> Record:
        moment = FIRST + timedelta(days=self.count if night is None else night)
        saw = Telemetry(samples=9, duration_s=9.0, rate_s=1.0, complete=True, throttled=self.throttled)
        return Record(
            run_id=f"{moment:%Y%m%dT%H%M%S.%f}Z", timestamp=moment.isoformat(), experiment=name, title=name,
            start_time=moment.isoformat(), end_time=moment.isoformat(), duration_s=1.0, tvm_hash=BUILD,
            machine=self.machine, versions=self.versions, config={}, seed=0, position=1,
            tests=[outcome(test) for test in tests],
            measurements=[measurement(test) for test in tests if test.value is not None],
            telemetry=None if self.throttled is None else saw, extra={"source": self.source} if self.source else {},
        )  # fmt: skip


def measurement(test: Test) -> Measurement:
    assert test.value is not None
    usual: dict[str, Any] = {
        "test": "test_it", "params": {"x": test.name}, "metric": "time", "unit": "s", "direction": "lower",
        "stats": describe([test.value]), "value": test.value, "variant": "installed", "tvm_hash": BUILD,
    }  # fmt: skip
    return Measurement(**{**usual, **test.more})


def outcome(test: Test) -> TestOutcome:
    ended: Any = test.outcome
    params = {"x": test.name}
    return TestOutcome(
        f"bench/test_e.py::test_it[{test.name}]", ended, 0.1, test.message, "test_it", params, "installed"
    )


def noise(seed: int, count: int, level: float = 1.0, spread: float = 0.005) -> list[float]:
    """Independent nights around a level."""
    return [float(value) for value in level * np.random.default_rng(seed).lognormal(0, spread, count)]


def rows(verdicts: Verdicts) -> dict[str, dict[str, Any]]:
    """Parameter → the row of its verdict, where every series has one metric."""
    return {row["params"].split('"')[3]: row for row in verdicts.frame.to_dict("records")}


def kinds(verdicts: Verdicts) -> dict[str, str]:
    return {name: row["kind"] for name, row in rows(verdicts).items()}
