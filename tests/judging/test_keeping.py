"""Verdicts and runs that are read back: what is damaged is none, whatever stands there."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from pytest_relaybench.files import write_json
from pytest_relaybench.judging.keeping import read_verdicts, verdicts_file, write_verdicts
from pytest_relaybench.judging.tonight import tonight_of
from tests.judging.made_history import Test


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "fine"),
        ("kind", None),
        ("kind", []),
        ("params", "{"),
        ("params", "[]"),
        ("params", {}),
        ("machine", 3),
        ("since", ["x"]),
        ("reason", None),
        ("ratio", "x"),
        ("spread", math.inf),
        ("timestamp", "never"),
        ("timestamp", {}),
        ("params", "[" * 100_000),
    ],
)
def test_a_row_of_something_else_is_no_verdict(nights, column: str, value: Any) -> None:
    """Who tells verdicts would stumble over it: the night counts as one without readable verdicts."""
    nights.night(e=[Test("a", 1.0)])
    verdicts = nights.judge()
    write_verdicts(nights.home, verdicts)
    assert read_verdicts(nights.home, verdicts.run_id) is not None
    path = verdicts_file(nights.home, verdicts.run_id)
    content = json.loads(path.read_bytes())
    content["series"][0][column] = value
    path.write_text(json.dumps(content))
    assert read_verdicts(nights.home, verdicts.run_id) is None


@pytest.mark.parametrize(
    "events", [None, [3], [{"machine": 1}], [{"machine": "m", "run_id": "r", "cause": "x", "text": ""}]]
)
def test_an_event_of_something_else_is_none(nights, events: Any) -> None:
    """Likewise of what happened to the machine."""
    nights.night(e=[Test("a", 1.0)])
    verdicts = nights.judge()
    write_verdicts(nights.home, verdicts)
    path = verdicts_file(nights.home, verdicts.run_id)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "events": events}))
    assert read_verdicts(nights.home, verdicts.run_id) is None


@pytest.mark.parametrize(
    "run", [{"experiments": None, "machine": []}, {"experiments": ["x"]}, {"experiments": {"e": 3}, "machine": 1}, {}]
)
def test_an_odd_run_is_told_by_its_records(nights, run: dict[str, Any]) -> None:
    """What `run.json` says may be anything: experiments and machine are those of the records."""
    nights.night(e=[Test("a", 1.0)])
    run_id = nights.run_id(0)
    write_json(nights.home.run_dir(run_id) / "run.json", run)
    tonight = tonight_of(nights.home, run_id)
    assert list(tonight.experiments) == ["e"]
    assert tonight.machine
