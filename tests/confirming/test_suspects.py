"""Tonight's suspects from the table: which series, what they are compared with, what earlier nights have settled."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.confirming import suspects as suspects_module
from pytest_relaybench.confirming.suspects import Case, Suspect, find_cases, suspects_of
from pytest_relaybench.history.records import Measurement, Record, describe, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home
from pytest_relaybench.state import ExperimentNight, TestState
from pytest_relaybench.times import iso, run_id_of

from .conftest import suspected

NIGHTS = 30
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
CONFIG = HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup")


class History:
    """A home whose experiment `x` was measured on many nights; `write` adds the next one."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root, CONFIG)
        self.runs: list[str] = []

    def write(self, measurements: Sequence[Measurement], **extra: Any) -> None:
        began = BEGAN + timedelta(days=len(self.runs))
        self.runs.append(run_id_of(began))
        record = Record(
            run_id=self.runs[-1], timestamp=iso(began), experiment="x", title="X", start_time=iso(began),
            end_time=iso(began), duration_s=1.0, tvm_hash=None, machine={"id": "m"}, versions={}, config={}, seed=1,
            position=1, tests=[], measurements=measurements, extra=extra,
        )  # fmt: skip
        write_record(self.home.data_file("x", self.runs[-1]), record)

    def nights(self, count: int = NIGHTS, noise: float = 0.005, **changed: Any) -> None:
        """So many nights at one level."""
        for factor in np.random.default_rng(0).lognormal(0, noise, count):
            self.write([measured(float(factor), **changed)])

    def suspects(self) -> list[Suspect]:
        """Those of the newest night."""
        table = Table(self.home)
        table.refresh()
        return suspects_of(table, "x", self.runs[-1])


def measured(value: float, tvm_hash: str | None = "old", **changed: Any) -> Measurement:
    usual = Measurement(
        test="test_it", params={"n": 1}, metric="time", unit="s", direction="lower", stats=describe([value]),
        value=value, variant="git:main", tvm_hash=tvm_hash,
    )  # fmt: skip
    return dataclasses.replace(usual, **changed)


def told(ratio: float, outcome: str = "confirmed", kind: str = "slower") -> Mapping[str, Any]:
    """A confirmation as a record has it."""
    series = {"test": "test_it", "params": {"n": 1}, "metric": "time", "variant": "git:main"}
    return {**series, "outcome": outcome, "kind": kind, "ratio": ratio, "method": "side by side", "message": ""}


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def test_a_suspect_knows_its_last_good_build(history: History) -> None:
    """The build of the newest night before the suspicious ones, and the values of the nights before."""
    history.nights()
    history.write([measured(1.2, "new"), measured(1.0, "new", metric="other")])
    (found,) = history.suspects()
    assert (found.test, found.params, found.metric, found.variant) == ("test_it", {"n": 1}, "time", "git:main")
    assert (found.base_hash, found.tvm_hash) == ("old", "new")
    assert found.history.size == NIGHTS
    history.write([measured(1.2, "newer")])
    (found,) = history.suspects()
    assert (found.base_hash, found.tvm_hash, found.history.size) == ("old", "newer", NIGHTS)


@pytest.mark.parametrize(
    "changed", [{"deterministic": True}, {"derived": True}, {"direction": "neutral"}, {"params": {"n": 2}}]
)
def test_what_is_never_suspected(history: History, changed: dict[str, Any]) -> None:
    """What is deterministic or derived needs no second look, a neutral metric no verdict; a new series has no past."""
    history.nights(**({} if "params" in changed else changed))
    history.write([measured(1.2, "new", **changed)])
    assert history.suspects() == []


def test_faint_suspects_need_another_build(history: History) -> None:
    """What noise may hide is looked into only where there is a build to compare with."""
    history.nights(noise=0.03)
    history.write([measured(1.03, "old")])
    assert history.suspects() == []
    history.write([measured(1.03, "new")])
    (found,) = history.suspects()
    assert found.suspicion.is_faint


def test_what_was_confirmed_is_the_level(history: History) -> None:
    """A night after a confirmed change is no suspect, and one that goes back is."""
    history.nights()
    history.write([measured(1.2, "new")], confirmations=[told(1.2)])
    history.write([measured(1.2, "new")])
    assert history.suspects() == []
    history.write([measured(1.0, "newer")])
    (found,) = history.suspects()
    assert not found.suspicion.is_worse
    assert found.history == pytest.approx([1.2] * (NIGHTS + 2), rel=0.02)


def test_what_was_clear_is_not_looked_into_again(history: History) -> None:
    """After a clear answer last night only tonight speaks; after an open one both nights do."""
    history.nights()
    history.write([measured(1.03, "new")], confirmations=[told(1.0, "not confirmed", "same")])
    history.write([measured(1.0, "new")])
    assert history.suspects() == []
    history.write([measured(1.05, "new")], confirmations=[told(1.02, "not confirmed", "unsure")])
    history.write([measured(1.05, "newer")])
    (found,) = history.suspects()
    assert found.suspicion.since == NIGHTS + 2


def test_what_did_not_run(history: History) -> None:
    """An experiment that did not run tonight has no suspects."""
    history.nights()
    history.write([measured(1.2)])
    table = Table(history.home)
    table.refresh()
    assert suspects_of(table, "x", "20300101T000000.000000Z") == []
    assert suspects_of(table, "y", history.runs[-1]) == []


def test_what_is_looked_into_first() -> None:
    """Worse before better, strong before weak, faint ones last; of a test's suspects the most urgent one counts."""
    strong, weak, better = suspected(1.3), suspected(1.05), suspected(0.7)
    faint = dataclasses.replace(strong, suspicion=dataclasses.replace(strong.suspicion, score=0.5))
    groups = {"faint": (faint,), "better": (better,), "weak": (weak,), "strong": (strong,), "both": (faint, better)}
    cases = {name: Case(Any, Any, Any, suspects) for name, suspects in groups.items()}  # type: ignore[arg-type]
    order = sorted(cases, key=lambda name: cases[name].urgency, reverse=True)
    assert order == ["strong", "weak", "better", "both", "faint"]


def test_every_test_is_looked_at_once_on_a_bad_night(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When all tests of an experiment are suspect each finds its own series, and does not compare itself with all."""
    count = 40
    found = [dataclasses.replace(suspected(metric=metric), params={"n": n}) for n in range(count) for metric in "ab"]
    tests = [TestState(f"test_x.py::test_it[{n}]", "test_it", {"n": n}, "git:main", "b" * 40) for n in range(count)]
    tests.append(dataclasses.replace(tests[0], nodeid="test_x.py::test_it[other build]", tvm_hash="c" * 40))
    entry = ExperimentNight("x", "X", None, tests=tests)
    night = SimpleNamespace(table=Table(Home(tmp_path, CONFIG)), run_id="", in_order=lambda: [entry])
    compared: list[Any] = []
    canonical = suspects_module.canonical
    monkeypatch.setattr(suspects_module, "is_wanted", lambda *_: True)
    monkeypatch.setattr(suspects_module, "suspects_of", lambda *_: found)
    monkeypatch.setattr(suspects_module, "canonical", lambda params: compared.append(params) or canonical(params))
    cases = find_cases(night, [SimpleNamespace(nodeid=test.nodeid) for test in tests])
    assert {case.state.nodeid: [one.params["n"] for one in case.suspects] for case in cases} == {
        test.nodeid: [test.params["n"]] * 2 for test in tests[:count]
    }
    assert len(compared) == len(found) + len(tests)
