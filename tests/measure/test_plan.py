"""How often a function is called: warm-up, rounds, iterations."""

from __future__ import annotations

import time

import pytest

from pytest_relaybench.measure import plan
from pytest_relaybench.measure.plan import MOST_ROUNDS, ROUND_S, Plan, plan_rounds, warm_up


class Workload:
    """A function that takes the given seconds of a clock of its own, the last ones for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
        self.now_s, self.calls, self._seconds = 0.0, 0, seconds
        monkeypatch.setattr(plan.time, "perf_counter", lambda: self.now_s)

    def __call__(self) -> None:
        self.now_s += self._seconds[min(self.calls, len(self._seconds) - 1)]
        self.calls += 1


@pytest.mark.parametrize(
    ("call_s", "budget_s", "planned"),
    [
        (1e-3, 1.0, Plan(1000, 1)),
        (2e-3, 1.0, Plan(500, 1)),
        (0.1, 1.0, Plan(10, 1)),
        (0.3, 1.0, Plan(5, 1)),
        (1.0, 1.0, Plan(3, 1)),
        (3600.0, 1.0, Plan(3, 1)),
        (1e-4, 1.0, Plan(1000, 10)),
        (ROUND_S / 1024, 100.0, Plan(MOST_ROUNDS, 1024)),
        (ROUND_S / 1024, 0.01, Plan(10, 1024)),
        (0.0, 1.0, Plan(1000, 1_000_000)),
    ],
)
def test_rounds_fit_the_budget(call_s: float, budget_s: float, planned: Plan) -> None:
    """Rounds last a millisecond or a call, are as many as the budget holds, and never fewer than three."""
    found = plan_rounds(call_s, budget_s)
    assert found == planned
    assert found.iterations * call_s >= ROUND_S * 0.999 or call_s == 0
    assert found.rounds <= MOST_ROUNDS


def test_slow_function_is_warmed_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that eats the warm-up's share alone is made once more and not again."""
    work = Workload(monkeypatch, 20.0)
    assert warm_up(work, 1.0) == 20.0
    assert work.calls == 1


def test_steady_function_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that does not get faster is left after a few batches, long before the share is spent."""
    work = Workload(monkeypatch, 2e-3)
    assert warm_up(work, 100.0) == pytest.approx(2e-3)
    assert work.calls == 4  # the best, and three that bring nothing new


def test_function_that_gets_faster_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches that fill and clocks that rise are waited for: the fast calls at the end are what counts."""
    work = Workload(monkeypatch, *(10e-3 * 0.9**call for call in range(20)))
    assert warm_up(work, 100.0) == pytest.approx(10e-3 * 0.9**19)


def test_warm_up_ends_with_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that never settles gets a quarter of the budget."""
    work = Workload(monkeypatch, *(0.05 * 0.97**call for call in range(200)))
    warm_up(work, 1.0)
    assert 0.25 <= work.now_s < 0.30


def test_short_function_is_batched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls too short for the timer are timed in batches that last about a round."""
    work = Workload(monkeypatch, 1e-7)
    assert warm_up(work, 1.0) == pytest.approx(1e-7)
    assert 3 * ROUND_S / 1e-7 <= work.calls < 6 * ROUND_S / 1e-7


def test_real_function_of_a_known_length() -> None:
    """With the real clock a sleep is measured as at least itself."""
    assert 2e-3 <= warm_up(lambda: time.sleep(2e-3), 0.1) < 50e-3


def test_real_function_that_does_nothing() -> None:
    """A no-op ends in a positive time far below a microsecond's order, and within the share and one batch."""
    started = time.perf_counter()
    assert 0 < warm_up(int, 0.2) < 5e-6
    assert time.perf_counter() - started < 1
