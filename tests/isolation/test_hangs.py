"""A test that does not end is killed with its stack shown, and whatever it had started with it."""

from __future__ import annotations

import time

import pytest

from pytest_relaybench.isolation.pool import Pool, Reported

from .conftest import Children, crash, is_alive, outcomes, output, vanishes

HANGS = """
import ctypes, os, signal, subprocess, sys, threading, time
import pytest

def test_python_loop():
    while True: pass
def test_sleep(): time.sleep(600)
def test_holding_the_lock(): ctypes.PyDLL(None).pause()
def test_stubborn():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
    time.sleep(600)
def test_thread():
    threading.Thread(target=time.sleep, args=(600,)).start()
    print("waiting")
    threading.Event().wait()
def test_grandchild():
    print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
    time.sleep(600)
def test_fine(): pass

@pytest.fixture
def slow_to_leave():
    yield
    time.sleep(600)
def test_teardown(slow_to_leave): pass
"""


@pytest.mark.parametrize("test", ["python_loop", "sleep", "holding_the_lock", "stubborn", "thread"])
def test_hang_is_killed_with_its_stack(children: Children, test: str) -> None:
    """Whether Python runs, waits or is locked out by C code, the stack is shown and the next test runs."""
    launch = children.launch(HANGS)
    hung, fine = children.run(launch, f"test_{test}", "test_fine", timeout_s=1.5)
    assert crash(hung).reason == "the test hung: killed after timeout_s = 1.5 s"
    assert f"in test_{test}" in crash(hung).err
    assert outcomes(fine) == ["passed"] * 3


def test_grandchild_is_killed_too(children: Children) -> None:
    """The whole process group goes."""
    (hung,) = children.run(children.launch(HANGS), "test_grandchild", timeout_s=1.5)
    assert vanishes(int(crash(hung).out))


def test_hang_in_teardown(children: Children) -> None:
    """The phases that had ended are reported."""
    (hung,) = children.run(children.launch(HANGS), "test_teardown", timeout_s=1.5)
    assert outcomes(hung)[:2] == ["passed", "passed"]
    assert "hung" in crash(hung).reason


def test_after_three_hangs_the_rest_is_not_tried(children: Children) -> None:
    """An experiment in which everything hangs costs three timeouts; another experiment is not concerned."""
    launch, other = children.launch(HANGS), children.launch("def test_a(): pass\n", name="y")
    *hung, fourth = children.run(launch, *["test_sleep"] * 4, timeout_s=1.2)
    assert ["hung: killed" in crash(events).reason for events in hung] == [True] * 3
    assert outcomes(fourth) == ["not run: the 3 tests before it hung"]
    assert outcomes(*children.run(other, "test_a")) == ["passed"] * 3


def test_module_that_hangs_at_import(children: Children) -> None:
    """A child that does not get as far as its first test is killed as well."""
    (hung,) = children.run(
        children.launch("import time\ntime.sleep(600)\ndef test_a(): pass\n"), "test_a", timeout_s=1.5
    )
    assert crash(hung).reason.startswith("the child, before it had collected the experiment, hung")
    assert "test_x.py" in crash(hung).err


def test_start_does_not_count_as_the_tests_time(children: Children) -> None:
    """A module that takes its time to import leaves its first test the whole of its own."""
    launch = children.launch("import time\ntime.sleep(1.4)\ndef test_a(): time.sleep(1.4)\n")
    (events,) = children.run(launch, "test_a", timeout_s=2.5)
    assert outcomes(events) == ["passed"] * 3


def test_parents_own_time_does_not_count(children: Children) -> None:
    """A parent that is slow to print a report does not make a hang of the test that it prints."""
    launch = children.launch("def test_a(): pass\n")
    found = []
    for event in children.pool.run(launch, "test_x.py::test_a", None, 2.0):
        assert isinstance(event, Reported)
        found.append(event.report["outcome"])
        time.sleep(1.2)
    assert found == ["passed"] * 3


def test_children_stay_warm_up_to_the_limit(children: Children) -> None:
    """With room for two, two experiments keep their children; a third one retires the one used longest ago."""
    children.pool = Pool(shares_output=False, max_live=2)
    code = "import os\ndef test_a(): print(os.getpid())\n"
    launches = {name: children.launch(code, name=name) for name in "abc"}

    def pid(name: str) -> int:
        nodeid = f"test_{name}.py::test_a"
        return int(output(list(children.pool.run(launches[name], nodeid, "another", 60)))["call"])

    first, second = pid("a"), pid("b")
    assert (pid("a"), pid("b"), pid("a")) == (first, second, first)
    third = pid("c")
    assert (is_alive(first), is_alive(second), is_alive(third)) == (True, False, True)
    children.pool.close()
    assert not any(map(is_alive, (first, second, third)))
