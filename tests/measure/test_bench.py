"""The `bench` fixture in real runs."""

from __future__ import annotations


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
    """Each input gets a first call, `dry_run` untimed ones, `times` samples, which know their input, and a last check.

    The first input is warmed up as well.
    """
    run = desk("""
def test_trials(bench):
    calls = []
    def double(value):
        calls.append(value)
        return 2 * value
    assert bench.trials(double, [(1,), (2,), (3,)], dry_run=4, times=5) == [2, 4, 6]
    warm = len(calls) - (3 + 3 * 9 + 3)
    assert warm >= 1
    assert calls == [1, 2, 3] + (9 + warm) * [1] + 9 * [2] + 9 * [3] + [1, 2, 3]

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
    yield
    assert gc.isenabled() == request.param
    gc.enable()

def test_call(bench):
    seen = []
    bench(lambda: seen.append(gc.isenabled()))
    assert len(seen) > 10
    assert not any(seen[1:])

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


def test_keyword_arguments_of_any_name(desk) -> None:
    """Arguments reach the function whatever they are called."""
    run = desk("""
def test_it(bench):
    def show(self=0, fn=0, rounds=0, setup=0):
        return self, fn, rounds, setup
    assert bench(show, self=1, fn=2, rounds=3, setup=4) == (1, 2, 3, 4)
""")
    run.result.assert_outcomes(passed=1)


def test_wrong_after_the_first_call(desk) -> None:
    """What is right at its first call and wrong later has no time, whichever way it is timed and goes wrong."""
    run = desk("""
import numpy
import pytest
from pytest_relaybench.measure.correctness import OutputMismatchError

RIGHT = numpy.linspace(1, 2, 10)

def zeros_later():
    calls = []
    def engine(x):
        calls.append(1)
        return x.copy() if len(calls) == 1 else numpy.zeros_like(x)
    return engine

def overwrites_its_input(x):
    result = x.copy()
    x *= 2
    return result

def none_later():
    calls = []
    def engine(x):
        calls.append(1)
        return x if len(calls) == 1 else None
    return engine

ENGINES = {"zeros": zeros_later(), "input": overwrites_its_input, "none": none_later()}
AGAIN = {"zeros": zeros_later(), "input": overwrites_its_input, "none": none_later()}

@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.filterwarnings("ignore:overflow")
def test_trials(bench, name):
    bench.references([RIGHT])
    with pytest.raises(OutputMismatchError, match="after timing: output"):
        bench.trials(ENGINES[name], [(RIGHT.copy(),)], dry_run=1, times=2)
    assert not bench.metrics

@pytest.mark.parametrize("name", AGAIN)
@pytest.mark.filterwarnings("ignore:overflow")
def test_call(bench, name):
    bench.reference(RIGHT)
    with pytest.raises(OutputMismatchError, match="after timing: output"):
        bench(AGAIN[name], RIGHT.copy())
    assert not bench.metrics
""")
    run.result.assert_outcomes(passed=6)


def test_slow_trials_are_not_warmed_up_beyond_their_dry_run(desk) -> None:
    """A dry run that takes as long as a warm-up may is all the warm-up; a short one is gone on with."""
    run = desk("""
import time

def sleeper(seconds):
    calls = []
    def fn():
        calls.append(1)
        time.sleep(seconds)
    fn.calls = calls
    return fn

def test_slow(bench):
    fn = sleeper(0.03)
    bench.trials(fn, [()], dry_run=1, times=1)
    assert len(fn.calls) == 4  # first, dry run, sample, last check

def test_quick(bench):
    left = [1e-5] * 30
    def fn():
        left.pop() if left else None
    bench.trials(fn, [()], dry_run=0, times=1)
    assert not left
""")
    run.result.assert_outcomes(passed=2)
