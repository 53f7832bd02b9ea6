"""What a night comes to when judging it goes wrong: its results are kept, and what is missing is told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from pytest_relaybench import conclusions
from pytest_relaybench.home import Home
from pytest_relaybench.judging.verdicts import NO_VERDICTS, VERDICT_COLUMNS, Verdicts

TOLD = Verdicts("20260901T030000.000000Z", pd.DataFrame(columns=VERDICT_COLUMNS))


@pytest.fixture
def steps(monkeypatch) -> list[str]:
    """The steps that were taken; nothing is judged, written or gated."""
    taken: list[str] = []

    def step(name: str, answer: Any) -> Any:
        return lambda *_: (taken.append(name), answer)[1]

    monkeypatch.setattr(conclusions, "tonight_of", lambda _: None)
    monkeypatch.setattr(conclusions, "judge", step("judge", TOLD))
    monkeypatch.setattr(conclusions, "write_verdicts", step("write", None))
    monkeypatch.setattr(conclusions, "update", step("incidents", SimpleNamespace(problems=[])))
    monkeypatch.setattr(conclusions, "save_baseline", step("baseline", []))
    monkeypatch.setattr(conclusions, "judge_gate", step("gate", None))
    return taken


def night() -> Any:
    found = {"keeps_house": True, "times": True, "verdicts": NO_VERDICTS, "faults": [], "notes": []}
    return SimpleNamespace(**found, home=Home(Path("/home"), None), table=None, incidents=None)


def raising(error: Exception) -> Any:
    def step(*_: Any) -> None:
        raise error

    return step


def test_a_full_disk_loses_no_verdict(monkeypatch, steps):
    """They are sorted into incidents and gated although their file could not be written."""
    full = OSError(28, "No space left on device", "/home/results/verdicts.json")
    monkeypatch.setattr(conclusions, "write_verdicts", raising(full))
    tonight = night()
    conclusions.conclude_night(tonight)
    assert tonight.verdicts is TOLD
    assert steps == ["judge", "incidents", "baseline", "gate"]
    assert tonight.faults == ["tonight's verdicts are not kept: results/verdicts.json: No space left on device"]


def test_judging_that_fails_is_a_fault(monkeypatch, steps):
    """And the night goes on without verdicts."""
    monkeypatch.setattr(conclusions, "judge", raising(KeyError("since")))
    tonight = night()
    conclusions.conclude_night(tonight)
    assert steps == ["baseline", "gate"]
    assert tonight.faults[0].startswith("no verdicts tonight: KeyError: 'since'")


def test_incidents_that_fail_leave_the_verdicts(monkeypatch, steps):
    """They are written before."""
    monkeypatch.setattr(conclusions, "update", raising(ValueError("damaged")))
    tonight = night()
    conclusions.conclude_night(tonight)
    assert steps == ["judge", "write", "baseline", "gate"]
    assert tonight.faults[0].startswith("the incidents are not those of tonight: ValueError: damaged")
