"""The timer that can replay durations."""

from __future__ import annotations

import random
import time

import pytest

from pytest_relaybench.measure.clock import Clock


def test_real_time() -> None:
    """Outside of a replay it is the performance counter."""
    clock = Clock()
    before, now, after = time.perf_counter(), clock(), time.perf_counter()
    assert before <= now <= after


def test_replayed_durations_are_exact() -> None:
    """After a restart the difference of two readings is the duration itself, whatever its size."""
    clock = Clock()
    durations = [random.Random(seed).random() * 10**power for seed, power in enumerate(range(-300, 300, 7))]
    with clock.replaying():
        for duration in durations:
            clock.restart()
            start = clock()
            clock.advance(duration)
            assert clock() - start == duration


def test_real_time_returns_after_an_error() -> None:
    """A replay that ends in an error does not leave virtual time behind."""
    clock = Clock()
    with pytest.raises(KeyError), clock.replaying():
        _ = {}["missing"]
    assert abs(clock() - time.perf_counter()) < 1
