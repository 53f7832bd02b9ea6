"""A test that does not end is killed with its stack shown, and whatever it had started with it."""

from __future__ import annotations

import time

import pytest

from pytest_relaybench.isolation.pool import Pool, Reported

from .bare import Bare
from .conftest import Children, crash, is_alive, outcomes, output, vanishes

HANGS = """
import ctypes, signal, subprocess, threading, time

def python_loop():
    while True: pass
def sleep(): time.sleep(600)
def holding_the_lock(): ctypes.PyDLL(None).pause()
def stubborn():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
    time.sleep(600)
def thread():
    threading.Thread(target=time.sleep, args=(600,)).start()
    print("waiting")
    threading.Event().wait()
def grandchild():
    print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
    time.sleep(600)
def fine(): pass
"""
TEARDOWN = """
import time
import pytest

@pytest.fixture
def slow_to_leave():
    yield
    time.sleep(600)
def test_teardown(slow_to_leave): pass
"""


@pytest.mark.parametrize("test", ["python_loop", "sleep", "holding_the_lock", "stubborn", "thread"])
def test_hang_is_killed_with_its_stack(bare: Bare, test: str) -> None:
    """Whether Python runs, waits or is locked out by C code, the stack is shown and the next test runs."""
    hung, fine = bare.run(bare.launch(HANGS), test, "fine", timeout_s=1.5)
    assert crash(hung).reason == "the test hung: killed after timeout_s = 1.5 s"
    assert f"in {test}" in crash(hung).err
    assert outcomes(fine) == ["passed"] * 3


def test_child_that_was_stopped(bare: Bare) -> None:
    """One that a signal has stopped is told from one that hangs, and shows where."""
    launch = bare.launch("import os, signal\ndef stops(): os.kill(os.getpid(), signal.SIGSTOP)\ndef fine(): pass\n")
    stopped, fine = bare.run(launch, "stops", "fine", timeout_s=1)
    assert crash(stopped).reason == "the test was stopped by a signal: killed after timeout_s = 1 s"
    assert "in stops" in crash(stopped).err
    assert outcomes(fine) == ["passed"] * 3


def test_grandchild_is_killed_too(bare: Bare) -> None:
    """The whole process group goes."""
    (hung,) = bare.run(bare.launch(HANGS), "grandchild", timeout_s=1.5)
    assert vanishes(int(crash(hung).out))


def test_hang_in_teardown(children: Children) -> None:
    """The phases that had ended are reported."""
    (hung,) = children.run(children.launch(TEARDOWN), "test_teardown", timeout_s=4)
    assert outcomes(hung)[:2] == ["passed", "passed"]
    assert "hung" in crash(hung).reason


def test_after_three_hangs_the_rest_is_not_tried(bare: Bare) -> None:
    """An experiment in which everything hangs costs three timeouts; another experiment is not concerned."""
    launch, other = bare.launch(HANGS), bare.launch("def fine(): pass\n", name="y")
    *hung, fourth = bare.run(launch, *["sleep"] * 4, timeout_s=1)
    assert ["hung: killed" in crash(events).reason for events in hung] == [True] * 3
    assert outcomes(fourth) == ["not run: the 3 tests before it hung"]
    assert outcomes(*bare.run(other, "fine")) == ["passed"] * 3


def test_module_that_hangs_at_import(bare: Bare) -> None:
    """A child that does not get as far as its first test is killed as well."""
    (hung,) = bare.run(bare.launch("import time\ntime.sleep(600)\ndef fine(): pass\n"), "fine", timeout_s=1.5)
    assert crash(hung).reason.startswith("the child, before it had collected the experiment, hung")
    assert "test_x.py" in crash(hung).err


def test_start_does_not_count_as_the_tests_time(bare: Bare) -> None:
    """A module that takes its time to import leaves its first test the whole of its own."""
    launch = bare.launch("import time\ntime.sleep(1.6)\ndef rests(): time.sleep(1.6)\n")
    (events,) = bare.run(launch, "rests", timeout_s=3)
    assert outcomes(events) == ["passed"] * 3


def test_parents_own_time_does_not_count(bare: Bare) -> None:
    """A parent that is slow to print a report does not make a hang of the test that it prints."""
    found = []
    for event in bare.pool.run(bare.launch(HANGS), "test_x.py::fine", None, 2.0):
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
