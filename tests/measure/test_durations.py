"""Durations measured elsewhere, replayed through pytest-benchmark."""

from __future__ import annotations

import random

import pytest

DURATIONS = [random.Random(3).random() * 10.0**-power for power in range(20)]


def test_durations_are_replayed_bit_by_bit(desk) -> None:
    """Times measured elsewhere pass through pytest-benchmark unchanged, also under an author's own mark."""
    run = desk(f"""
import pytest

DURATIONS = {DURATIONS!r}

def test_plain(bench, benchmark):
    bench.durations(DURATIONS)
    assert benchmark.stats.stats.data == DURATIONS

@pytest.mark.benchmark(group="mine")
def test_marked(bench, benchmark):
    bench.durations(DURATIONS)
    assert benchmark.group == "mine"

def test_real_time_follows(bench):
    assert bench(len, "ab") == 2
""")
    run.result.assert_outcomes(passed=3)
    for test in ("test_plain", "test_marked"):
        assert run.metrics(test)["time"]["samples"] == DURATIONS
        assert "first_run" not in run.metrics(test)
    assert 0 < min(run.metrics("test_real_time_follows")["time"]["samples"]) < 1e-4


@pytest.mark.parametrize(
    ("durations", "said"),
    [
        ("[]", "time: no sample was taken"),
        ("[1.0, float('nan')]", "time: a sample is nan, which is no measurement"),
        ("[1.0, -2.0]", "time: a duration is -2.0, and time does not run backwards"),
        ("['fast']", "time: a sample is 'fast', which is no number"),
    ],
)
def test_durations_that_are_none(desk, durations: str, said: str) -> None:
    """No duration, NaN, a negative one and text are failures, not results."""
    run = desk(f"def test_it(bench):\n    bench.durations({durations})\n")
    run.result.assert_outcomes(failed=1)
    assert said in run.tests["test_it"]["message"]
    assert not run.metrics("test_it")


def test_authors_timer_cannot_replay(desk) -> None:
    """With a timer of the author's own a replay would tell that timer's times, so it is refused; calls use it."""
    run = desk("""
import itertools
import pytest

ticks = itertools.count()
timer = pytest.mark.benchmark(timer=lambda: next(ticks))

@timer
def test_durations(bench):
    bench.durations([1e-3, 2e-3])

@timer
def test_trials(bench):
    bench.trials(abs, [(1,)], dry_run=0, times=3)
""")
    assert "leave out `timer` in the benchmark mark" in run.tests["test_durations"]["message"]
    assert not run.metrics("test_durations")
    assert run.metrics("test_trials")["time"]["samples"] == [1.0, 1.0, 1.0]
