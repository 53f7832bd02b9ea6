"""How often to call a function: warm-up until steady, rounds long enough to time, as many as the budget holds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROUND_S = 1e-3  # a round much longer than the timer's resolution and its own cost (about 0.1 us)
MOST_ROUNDS = 1000
FEWEST_ROUNDS = 5
FEWEST_SLOW_ROUNDS = 3  # of a call that alone takes longer than the budget
WARM_UP_SHARE = 0.25  # of the budget, at most
STEADY_BATCHES = 3
STEADY_GAIN = 0.02  # a batch that is not this much faster than the best before brings nothing new


@dataclass(frozen=True)
class Plan:
    """`rounds` samples, each the mean of `iterations` calls."""

    rounds: int
    iterations: int


def plan_rounds(call_s: float, budget_s: float) -> Plan:
    """Rounds and iterations for a call of `call_s` seconds within about `budget_s`; never fewer than three rounds."""
    iterations = max(1, math.ceil(ROUND_S / max(call_s, 1e-9)))
    affordable = int(budget_s / (iterations * max(call_s, 1e-9)))
    fewest = FEWEST_ROUNDS if call_s < budget_s else FEWEST_SLOW_ROUNDS
    return Plan(rounds=min(max(affordable, fewest), MOST_ROUNDS), iterations=iterations)


def warm_up(call: Callable[[], Any], budget_s: float) -> float:
    """Call until batches stop getting faster or the warm-up's share of the budget is spent; once at least.

    The first call of all does not count: one that compiles may take thousands of times longer than the next. Returns
    the seconds of one call, from the fastest batch.
    """
    share_s = WARM_UP_SHARE * budget_s
    started, best_s, calls, idle = time.perf_counter(), math.inf, 1, 0
    while idle < STEADY_BATCHES and time.perf_counter() - started < share_s:
        batch_s = _batch(call, calls)
        call_s = batch_s / calls
        if batch_s < ROUND_S:  # still too short to be told from the timer
            calls = min(calls * 4, math.ceil(ROUND_S / max(call_s, 1e-9)) + 1)
        else:
            idle = idle + 1 if call_s > best_s * (1 - STEADY_GAIN) else 0
        best_s = min(best_s, call_s)
    return best_s


def _batch(call: Callable[[], Any], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - started
