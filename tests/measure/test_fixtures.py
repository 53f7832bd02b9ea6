"""The fixtures of authors, apart from `bench`."""

from __future__ import annotations


def test_outside_of_an_experiment(desk, pytester) -> None:
    """A test that gets `bench` in no experiment fails with the rule, not with an error of pytest's insides."""
    pytester.makepyfile(test_other="def test_hidden(request):\n    request.getfixturevalue('bench')\n")
    run = desk("def test_it(bench):\n    bench(len, 'x')\n")
    run.result.assert_outcomes(passed=1, errors=0, failed=1)
    assert "not part of an experiment" in run.text
    assert "test_NAME.py" in run.text


def test_a_fixture_of_the_author_may_take_bench(desk) -> None:
    """`bench` reaches a test through a fixture of the author's own."""
    run = desk("""
import pytest

@pytest.fixture
def timed(bench):
    return lambda: bench(len, "ab")

def test_it(timed):
    assert timed() == 2
""")
    run.result.assert_outcomes(passed=1)
    assert run.metrics("test_it")["time"]


def test_compile_time_belongs_to_the_test_that_compiled(desk) -> None:
    """What a failing test, or one without `bench`, has compiled is not counted in the next one."""
    run = desk("""
from pytest_relaybench.measure.fixtures import METER
from pytest_relaybench.variants.compile_meter import Compilation

def compiles(seconds):
    METER._compilations.append(Compilation(seconds, 1000))

def test_without_bench():
    compiles(100.0)

def test_fails(bench):
    compiles(10.0)
    assert False

def test_compiles(bench):
    compiles(1.0)
    compiles(2.0)
    bench(len, "ab")

def test_records_itself(bench):
    compiles(3.0)
    bench.record("compile", 7, unit="s")

def test_does_not(bench):
    bench(len, "ab")
""")
    run.result.assert_outcomes(passed=4, failed=1)
    assert run.metrics("test_compiles")["compile"]["samples"] == [3.0]
    assert run.metrics("test_compiles")["artifact_size"]["samples"] == [2000.0]
    assert run.metrics("test_records_itself")["compile"]["samples"] == [7.0]
    assert "compile" not in run.metrics("test_does_not")
