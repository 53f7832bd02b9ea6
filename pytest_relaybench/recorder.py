"""Listens to pytest's reports and writes each finished test to the journal."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from .errors import reason_of
from .history import journal as entries
from .history.journal import Journal
from .measure.metrics import with_peak_memory
from .state import ExperimentNight, TestState
from .times import iso, utc_now

LONGEST_MESSAGE = 4000


class Recorder:
    """Collects the phases of the test under way; `commit` makes it a result."""

    def __init__(self) -> None:
        self._state: TestState | None = None
        self._start: TestState

    def begin(self, state: TestState) -> None:
        """A test starts; what an unfinished run of it left is forgotten."""
        self._start = replace(state)
        self._state = state

    def follows(self, nodeid: str) -> bool:
        """Whether this is the test under way."""
        return self._state is not None and self._state.nodeid == nodeid

    def take(self, report: pytest.TestReport) -> None:
        """Add one phase's report; a report of a test that is run again starts it anew."""
        state = self._state
        if state is None or state.nodeid != report.nodeid:
            return
        if report.outcome not in ("passed", "failed", "skipped"):  # pytest-rerunfailures reports "rerun"
            self.begin(self._start)
            return
        state.duration_s += report.duration
        if report.when == "setup":
            state.setup_s = report.duration
        if report.failed and not state.failed_in:
            state.outcome, state.failed_in, state.message = "failed", report.when or "call", _message(report)
        elif report.skipped and state.outcome == "passed":
            state.outcome, state.message = "skipped", _message(report)
        state.measured = getattr(report, "relaybench", None) or state.measured

    def commit(self, entry: ExperimentNight, journal: Journal) -> TestState | None:
        """The test has ended: keep it, with its measurements when all its phases passed.

        OSError when the journal cannot be written: the test has failed then, whatever it measured.
        """
        state, self._state = self._state, None
        if state is None:
            return None
        if state.outcome != "passed":
            state.measured = None
        elif state.measured is not None:
            state.measured = {**state.measured, "metrics": with_peak_memory(state.measured)}
            state.metrics = len(state.measured["metrics"])
            entry.comparisons += state.measured.get("comparisons", [])
        entry.tests.append(state)
        try:
            journal.write(entries.TEST, experiment=entry.name, time=iso(utc_now()), **asdict(state))
        except OSError as error:
            state.outcome, state.metrics = "failed", 0
            state.message = f"its result could not be kept: {reason_of(error)}"
            raise
        finally:
            state.measured = None  # a night of many tests must not hold all their samples
        return state


def _message(report: pytest.TestReport) -> str:
    """What failed, in a line or a few: pytest's own short reason where it has one."""
    detail: Any = report.longrepr
    if isinstance(detail, tuple):  # a skip: file, line, reason
        text = str(detail[2]).removeprefix("Skipped: ")
    else:
        crash = getattr(detail, "reprcrash", None)
        text = crash.message if crash is not None else str(detail or "")
        side = getattr(report, "relaybench_side", None)  # of two builds that are compared
        text = f"{side}: {text}" if side else text
    return text if len(text) <= LONGEST_MESSAGE else _without_middle(text)


def _without_middle(text: str) -> str:
    """The beginning, which says what failed, and the end, where a log has its error."""
    mark = f"\n[... {len(text)} characters, the middle left out ...]\n"
    half = (LONGEST_MESSAGE - len(mark)) // 2
    return text[:half] + mark + text[-half:]
