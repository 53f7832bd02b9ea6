"""From pytest's reports to results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_relaybench.history.journal import Journal, read_journal
from pytest_relaybench.recorder import LONGEST_MESSAGE, Recorder
from pytest_relaybench.state import ExperimentNight, TestState

NODE = "bench/test_a.py::test_x[1]"
TIME = {"name": "time", "unit": "s", "direction": "lower", "samples": [1.0], "reps": []}
MEASURED = {"test": "test_x", "params": {"n": 1}, "metrics": [TIME], "peak_memory_bytes": 1000}


def report(when: Any, outcome: Any = "passed", *, nodeid: str = NODE, longrepr: Any = None, **extra: Any) -> Any:
    """A report of one phase that took a second."""
    made = pytest.TestReport(nodeid, ("f", 1, "x"), {}, outcome, longrepr, when, duration=1.0)
    for name, value in extra.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def commit(tmp_path):
    """Runs the reports through a recorder; returns the result with the measurements that the journal keeps of it."""

    def run(*reports: Any) -> TestState:
        recorder, entry, journal = Recorder(), ExperimentNight("a", "A", None), Journal(tmp_path)
        recorder.begin(TestState(NODE))
        assert recorder.follows(NODE)
        for one in reports:
            recorder.take(one)
        state = recorder.commit(entry, journal)
        assert state is not None
        assert entry.tests == [state]
        assert not recorder.follows(NODE)
        assert recorder.commit(entry, journal) is None
        (kept,) = read_journal(journal.path)
        assert (kept["experiment"], kept["nodeid"], kept["outcome"]) == ("a", NODE, state.outcome)
        assert state.measured is None  # a night must not hold the samples of all its tests
        assert state.metrics == len((kept["measured"] or {"metrics": []})["metrics"])
        return replace(state, measured=kept["measured"])

    return run


def test_passed_test(commit) -> None:
    """Phases add up; the measurements of the call and the child's peak memory are the result."""
    state = commit(report("setup"), report("call", relaybench=dict(MEASURED)), report("teardown"))
    assert (state.outcome, state.failed_in, state.duration_s, state.setup_s) == ("passed", "", 3.0, 1.0)
    assert state.measured is not None
    assert [entry["name"] for entry in state.measured["metrics"]] == ["time", "peak_memory"]


@pytest.mark.parametrize("phase", ["setup", "call", "teardown"])
def test_a_test_that_fails_later_has_no_result(commit, phase: str) -> None:
    """A failure in any phase, after the measurement too, drops it; the first failure's phase and message count."""
    phases = {
        when: report(when, "failed" if when == phase else "passed", longrepr="why" if when == phase else None)
        for when in ("setup", "call", "teardown")
    }
    phases["call"].relaybench = dict(MEASURED)
    state = commit(*phases.values())
    assert (state.outcome, state.failed_in, state.message, state.measured) == ("failed", phase, "why", None)


def test_first_failure_counts(commit) -> None:
    """A teardown that fails after a failed call does not hide why the call failed."""
    state = commit(
        report("setup"), report("call", "failed", longrepr="first"), report("teardown", "failed", longrepr="second")
    )
    assert (state.failed_in, state.message) == ("call", "first")


def test_skipped_test(commit) -> None:
    """A skip tells its reason, and is no failure even when the teardown passes."""
    state = commit(report("setup", "skipped", longrepr=("f", 1, "Skipped: no GPU")), report("teardown"))
    assert (state.outcome, state.message, state.measured) == ("skipped", "no GPU", None)


def test_skip_that_fails_in_teardown(commit) -> None:
    """A failure is worse than a skip."""
    state = commit(
        report("setup", "skipped", longrepr=("f", 1, "Skipped: no")), report("teardown", "failed", longrepr="why")
    )
    assert (state.outcome, state.failed_in) == ("failed", "teardown")


def test_rerun_starts_anew(commit) -> None:
    """Of a test that is run again only the last run counts."""
    state = commit(
        report("setup"),
        report("call", "rerun", longrepr="flaky"),
        report("setup"),
        report("call", relaybench=dict(MEASURED)),
        report("teardown"),
    )
    assert (state.outcome, state.message, state.duration_s) == ("passed", "", 3.0)
    assert state.measured is not None


def test_other_tests_reports_are_not_taken(commit) -> None:
    """Reports of a test that is not under way change nothing."""
    state = commit(report("call", "failed", nodeid="bench/test_a.py::test_other"), report("call"))
    assert state.outcome == "passed"


@pytest.mark.parametrize(
    ("measured", "names"),
    [
        ({**MEASURED, "peak_memory_bytes": None}, ["time"]),
        ({**MEASURED, "metrics": []}, []),
        ({**MEASURED, "metrics": [{**TIME, "name": "peak_memory"}]}, ["peak_memory"]),
    ],
)
def test_peak_memory_is_added_where_it_belongs(commit, measured: dict[str, Any], names: list[str]) -> None:
    """Not where it is unknown, not to a test that measured nothing, not over the author's own."""
    state = commit(report("call", relaybench=measured))
    assert [entry["name"] for entry in state.measured["metrics"]] == names


def test_long_messages_are_cut(commit) -> None:
    """A failure of a megabyte does not make a journal of one."""
    state = commit(report("call", "failed", longrepr="first words " + "x" * 10**6 + " last words"))
    assert LONGEST_MESSAGE - 2 <= len(state.message) <= LONGEST_MESSAGE
    assert state.message.startswith("first words ")
    assert state.message.endswith(" last words")
    assert "the middle left out" in state.message
