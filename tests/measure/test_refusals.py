"""What `bench` does not take for a measurement, in real runs."""

from __future__ import annotations


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


def test_error_of_the_function_is_the_tests(desk) -> None:
    """What the function raises fails the test as it is, without a frame of ours on top."""
    run = desk("def test_it(bench):\n    bench(lambda: {}['missing'])\n")
    run.result.assert_outcomes(failed=1)
    assert run.tests["test_it"]["message"] == "KeyError: 'missing'"
    assert "bench.py" not in run.text


def test_nan_is_no_result(desk) -> None:
    """A function that returns NaN has no time, with a reference or without; an infinity may be meant."""
    run = desk("""
import numpy as np

def test_plain(bench):
    bench(lambda: float("nan"))

def test_numpy(bench):
    bench.trials(lambda value: np.float32(value), [(1.0,), (float("nan"),)], dry_run=0, times=1)

def test_infinite(bench):
    bench(lambda: float("inf"))
""")
    run.result.assert_outcomes(passed=1, failed=2)
    assert "returned NaN, which is an error and no result" in run.tests["test_plain"]["message"]
