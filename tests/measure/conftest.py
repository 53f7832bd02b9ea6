"""One experiment run at a desk, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

QUICK = """
from pytest_relaybench import ExperimentConfig

class Config(ExperimentConfig):
    budget_s: float = 0.02

"""


@dataclass(frozen=True)
class Desk:
    """How a run ended, what it printed, and the journal's entry of each test by its name."""

    result: pytest.RunResult
    tests: dict[str, dict[str, Any]]

    @property
    def text(self) -> str:
        """Everything printed."""
        return self.result.stdout.str()

    def metrics(self, test: str) -> dict[str, dict[str, Any]]:
        """Name → metric of one test; nothing when it has no result."""
        measured = self.tests[test]["measured"]
        return {entry["name"]: entry for entry in measured["metrics"]} if measured else {}


@pytest.fixture
def desk(pytester: pytest.Pytester):
    """Runs the code of an experiment's module without a home and without children."""

    def run(code: str, *arguments: str) -> Desk:
        pytester.makepyfile(test_it=QUICK + code)
        result = pytester.runpytest_inprocess("--isolation", "none", *arguments)
        journals = pytester.path.glob(".relaybench/results/runs/*/journal.jsonl")
        lines = [line for path in journals for line in path.read_text().splitlines()]
        entries = [entry for entry in map(json.loads, lines) if entry["kind"] == "test"]
        return Desk(result, {entry["nodeid"].partition("::")[2]: entry for entry in entries})

    return run
