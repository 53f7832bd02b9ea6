"""Suspects against their own history: what has vanished, what stays, and when more processes are asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_relaybench.confirming.against_history import History
from pytest_relaybench.confirming.processes import Entries

from .conftest import NIGHTS, entries, suspected


class Processes:
    """Fresh processes at one level after the other; the last one goes on."""

    def __init__(self, *levels: float) -> None:
        self.count = 0
        self._levels = levels

    def measure(self) -> Entries:
        level = self._levels[min(self.count, len(self._levels) - 1)]
        self.count += 1
        return entries(time=[level * 1.2, level, level * 1.1], peak_memory=[level])


def test_a_spike_has_vanished_after_three_processes() -> None:
    """What is as it always was is not confirmed, and costs three processes."""
    processes = Processes(1.001)
    found = History(processes.measure, "min").vanished([suspected(1.3)])["time"]
    assert (found.outcome, found.method, found.kind) == ("not confirmed", "history", "same")
    assert (found.n_base, found.n_candidate, processes.count) == (NIGHTS, 3, 3)
    assert found.ratio == pytest.approx(1.0, abs=0.005)
    assert found.message == "3 fresh processes against the nights before"


def test_noise_has_vanished_after_six() -> None:
    """What is more than nothing after three and too little to go on after six costs no more."""
    processes = Processes(1.003, 1.003, 1.003, 0.997)
    found = History(processes.measure, "min").vanished([suspected(1.01)])["time"]
    assert (found.outcome, processes.count) == ("not confirmed", 6)


def test_a_lasting_change_is_confirmed_by_six() -> None:
    """The headline of each process is a night's value; the reason why there is no other build is told."""
    processes = Processes(1.3)
    history, suspects = History(processes.measure, "min"), [suspected(1.3)]
    assert history.vanished(suspects) == {}
    found = history.judge(suspects, "the same build", lambda: True)["time"]
    assert (found.outcome, found.kind, processes.count) == ("confirmed", "slower", 6)
    assert found.ratio == pytest.approx(1.3, abs=0.005)
    assert found.ci_low is not None
    assert found.ci_high is not None
    assert found.ci_low <= 1.301
    assert found.ci_high >= 1.299
    assert found.message == "6 fresh processes against the nights before (the same build)"
    better = History(Processes(0.8).measure, "min").judge([suspected(0.8)], "", lambda: True)["time"]
    assert (better.outcome, better.kind) == ("confirmed", "faster")


def test_what_six_leave_open_twelve_decide() -> None:
    """A level at the edge of the nights is measured twelve times; what comes back to normal is not confirmed."""
    processes = Processes(*[1.0095] * 6, 1.001)
    history, suspects = History(processes.measure, "min"), [suspected(1.0095)]
    assert history.vanished(suspects) == {}
    found = history.judge(suspects, "", lambda: True)["time"]
    assert processes.count == 12
    assert found.outcome == "not confirmed"
    gone = History(Processes(1.3, 1.3, 1.0).measure, "min")
    assert gone.judge([suspected(1.3)], "", lambda: True)["time"].outcome == "not confirmed"


def test_time_and_memory() -> None:
    """Without time there is no finding but that; peak memory of a fresh process has no like among the nights."""
    answers: Iterator[bool] = iter([False, False])
    processes = Processes(1.3)
    late = History(processes.measure, "min").judge([suspected(1.3)], "same build", lambda: next(answers))["time"]
    assert (late.outcome, processes.count) == ("no time", 0)
    assert "confirm_budget_s was spent" in late.message
    history = History(Processes(1.0).measure, "min")
    memory = [suspected(1.3, "peak_memory")]
    assert history.vanished(memory) == {}
    found = history.judge(memory, "same build", lambda: True)["peak_memory"]
    assert found.outcome == "failed"
    assert "cannot be compared" in found.message
