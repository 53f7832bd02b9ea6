"""The `bench` fixture in real runs."""

from __future__ import annotations

import random

import pytest

DURATIONS = [random.Random(3).random() * 10.0**-power for power in range(20)]


def test_time_and_first_run(desk) -> None:
    """A call is warmed up and timed: steady time per call and the first call's own time, and its result returned."""
    run = desk("""
import time

def test_sleep(bench):
    calls = []
    def slow_first(seconds):
        calls.append(seconds)
        time.sleep(0.05 if len(calls) == 1 else seconds)
        return len(calls)
    assert bench(slow_first, seconds=0.001) == len(calls)
    assert {entry.name for entry in bench.metrics} == {"time", "first_run"}
""")
    run.result.assert_outcomes(passed=1)
    found = run.metrics("test_sleep")
    assert 0.05 <= found["first_run"]["samples"][0] < 0.5
    assert 0.001 <= min(found["time"]["samples"]) < 0.01
    assert {entry["unit"] for entry in found.values()} == {"s"}
    assert {entry["direction"] for entry in found.values()} == {"lower"}


def test_function_that_compiles_at_its_first_call_gets_its_rounds(desk) -> None:
    """A first call that is thousands of times slower than the next does not decide how often is timed."""
    run = desk("""
import time

def test_lazy(bench):
    done = []
    def lazy():
        if not done:
            done.append(time.sleep(0.1))
    bench(lazy)
""")
    found = run.metrics("test_lazy")["time"]["samples"]
    assert len(found) >= 5
    assert max(found) < 1e-3


def test_trials_count_their_calls(desk) -> None:
    """Each input gets one first call, `dry_run` untimed ones and `times` samples, which know their input."""
    run = desk("""
def test_trials(bench):
    calls = []
    def double(value):
        calls.append(value)
        return 2 * value
    assert bench.trials(double, [(1,), (2,), (3,)], dry_run=4, times=5) == [2, 4, 6]
    assert calls == [1, 2, 3] + 9 * [1] + 9 * [2] + 9 * [3]

def test_one(bench):
    assert bench.trials(abs, [(-1,)], dry_run=0, times=1) == [1]

def test_no_input(bench):
    bench.trials(abs, [], dry_run=0, times=1)

def test_no_times(bench):
    bench.trials(abs, [(1,)], dry_run=0, times=0)
""")
    run.result.assert_outcomes(passed=2, failed=2)
    time, first = run.metrics("test_trials")["time"], run.metrics("test_trials")["first_run"]
    assert time["reps"] == [0] * 5 + [1] * 5 + [2] * 5
    assert (len(time["samples"]), len(first["samples"])) == (15, 1)
    assert len(run.metrics("test_one")["time"]["samples"]) == 1
    assert "trials need an input and a timed call (found 0 and 1)" in run.tests["test_no_input"]["message"]
    assert "trials need an input and a timed call (found 1 and 0)" in run.tests["test_no_times"]["message"]


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


def test_wrong_output_has_no_time(desk) -> None:
    """An output that differs from the reference fails the test before anything is timed."""
    run = desk("""
import numpy as np

def test_call(bench):
    calls = []
    bench.reference(np.ones(3))
    try:
        bench(lambda: calls.append(1) or np.zeros(3))
    finally:
        print("calls:", len(calls))

def test_trials(bench):
    bench.references([1, 2, 3])
    bench.trials(lambda value: value, [(1,), (2,), (4,)], dry_run=1, times=1)

def test_count(bench):
    bench.references([1, 2])
    bench.trials(lambda value: value, [(1,), (2,), (3,)], dry_run=1, times=1)

def test_caught(bench):
    bench.reference(1)
    try:
        bench(lambda: 2)
    except AssertionError:
        pass

def test_tolerance(bench):
    bench.reference(1.0, rtol=0.5)
    bench(lambda: 1.4)

def test_too_late(bench):
    bench(lambda: 2)
    bench.reference(1)
""")
    run.result.assert_outcomes(passed=2, failed=4)
    assert "calls: 1" in run.text
    assert "in 3 of 3 elements; worst at (0,): 0 instead of 1" in run.tests["test_call"]["message"]
    assert "4 instead of 3" in run.tests["test_trials"]["message"]
    assert "3 outputs but 2 references" in run.tests["test_count"]["message"]
    assert "state the reference before `bench` is called" in run.tests["test_too_late"]["message"]
    for test in ("test_call", "test_trials", "test_count", "test_caught", "test_too_late"):
        assert not run.metrics(test)
    assert run.metrics("test_tolerance")


def test_once_per_test(desk) -> None:
    """Whatever comes second is refused before it runs, as is a metric recorded twice; other metrics may follow."""
    run = desk("""
import pytest
from pytest_relaybench.errors import MeasurementError

def test_twice(bench):
    bench(lambda: 1)
    calls = []
    for second in (
        lambda: bench(calls.append, 1),
        lambda: bench.trials(calls.append, [(1,)], dry_run=1, times=1),
        lambda: bench.durations([1.0]),
    ):
        with pytest.raises(MeasurementError, match="`bench` times once per test"):
            second()
    assert not calls

def test_metrics(bench):
    bench(lambda: 1)
    bench.record("compile", 2, unit="s")
    with pytest.raises(MeasurementError, match="compile: this test has recorded it already"):
        bench.record("compile", 3, unit="s")
    with pytest.raises(MeasurementError, match="time: this test has recorded it already"):
        bench.record("time", 3, unit="s")
""")
    run.result.assert_outcomes(passed=2)
    assert run.metrics("test_metrics")["compile"]["samples"] == [2.0]


def test_bad_metrics_fail_the_test(desk) -> None:
    """NaN, no unit and an unknown direction fail the test, and what else it measured goes with it."""
    run = desk("""
import pytest

@pytest.mark.parametrize("value, how", [
    (float("nan"), {"unit": "1"}), (1.0, {"unit": ""}), (1.0, {"unit": "1", "direction": "up"}), ("1", {"unit": "1"}),
], ids="abcd")
def test_bad(bench, value, how):
    bench(lambda: 1)
    bench.record("loss", value, **how)
""")
    run.result.assert_outcomes(failed=4)
    assert not any(run.metrics(test) for test in run.tests)


def test_function_that_does_no_work_when_called(desk) -> None:
    """What only makes a coroutine or generator is refused in one line, and nothing warns of it."""
    run = desk(
        """
import functools
import pytest

async def coroutine(): pass
async def stream(): yield
def generator(): yield
class Remote:
    async def __call__(self): pass
class Future:
    def __await__(self): yield

@pytest.mark.parametrize("fn", [
    coroutine, stream, generator, lambda: coroutine(), functools.partial(coroutine), Remote(), Future,
])
def test_call(bench, fn):
    bench(fn)

@pytest.mark.parametrize("fn", [coroutine, generator])
def test_trials(bench, fn):
    bench.trials(fn, [()], dry_run=1, times=1)

def test_work(bench):
    assert bench(lambda: list(generator())) == [None]
""",
        "-Werror",
    )
    run.result.assert_outcomes(passed=1, failed=9)
    messages = [entry["message"] for name, entry in run.tests.items() if name != "test_work"]
    assert all("calling it does no work, give `bench` a function that does it" in message for message in messages)
    assert all("\n" not in message for message in messages)
    assert "coroutine returns a coroutine" in run.tests["test_call[coroutine]"]["message"]


def test_disabled(desk) -> None:
    """`--benchmark-disable` calls every function once, checks its output and keeps nothing."""
    run = desk(
        """
def test_call(bench):
    calls = []
    assert bench(calls.append, 1) is None
    assert calls == [1]

def test_trials(bench):
    calls = []
    assert bench.trials(lambda value: calls.append(value) or value, [(1,), (2,)], dry_run=3, times=3) == [1, 2]
    assert calls == [1, 2]

def test_durations(bench):
    bench.durations([1.0])

def test_wrong(bench):
    bench.reference(1)
    bench(lambda: 2)

def test_bad_durations(bench):
    bench.durations([float("nan")])
""",
        "--benchmark-disable",
        "-Werror",
    )
    run.result.assert_outcomes(passed=3, failed=2)
    assert not any(run.metrics(test) for test in run.tests)


def test_metrics_without_timing(desk) -> None:
    """A test may record metrics and time nothing, which neither warns nor has a time."""
    run = desk("def test_it(bench):\n    bench.record('flops', 8, unit='FLOP', direction='neutral')\n", "-Werror")
    run.result.assert_outcomes(passed=1, warnings=0)
    assert run.metrics("test_it") == {
        "flops": {"name": "flops", "unit": "FLOP", "direction": "neutral", "samples": [8.0], "reps": []}
    }


def test_garbage_collection_is_off_while_timing_and_back_after(desk) -> None:
    """The collector is off in timed calls, and what it was before afterwards, also after an exception."""
    run = desk("""
import gc
import pytest

@pytest.fixture(autouse=True, params=[True, False])
def collector(request):
    (gc.enable if request.param else gc.disable)()
    frozen = gc.get_freeze_count()
    yield
    assert gc.isenabled() == request.param
    gc.enable()
    assert gc.get_freeze_count() <= frozen

def test_call(bench):
    seen = []
    bench(lambda: seen.append((gc.isenabled(), gc.get_freeze_count() > 0)))
    assert (False, True) in seen
    assert set(seen[1:-1]) == {(False, True)}

def test_error_in_a_timed_call(bench):
    calls = []
    def fails():
        calls.append(1)
        if len(calls) > 1:
            raise KeyError("late")
    with pytest.raises(KeyError):
        bench(fails)
""")
    run.result.assert_outcomes(passed=4)


def test_error_of_the_function_is_the_tests(desk) -> None:
    """What the function raises fails the test as it is, without a frame of ours on top."""
    run = desk("def test_it(bench):\n    bench(lambda: {}['missing'])\n")
    run.result.assert_outcomes(failed=1)
    assert run.tests["test_it"]["message"] == "KeyError: 'missing'"
    assert "bench.py" not in run.text


def test_keyword_arguments_of_any_name(desk) -> None:
    """Arguments reach the function whatever they are called."""
    run = desk("""
def test_it(bench):
    def show(self=0, fn=0, rounds=0, setup=0):
        return self, fn, rounds, setup
    assert bench(show, self=1, fn=2, rounds=3, setup=4) == (1, 2, 3, 4)
""")
    run.result.assert_outcomes(passed=1)
