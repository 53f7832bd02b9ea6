"""A test that takes its interpreter with it costs that test and no other."""

from __future__ import annotations

import signal
import time
from dataclasses import replace

import pytest

from pytest_relaybench.isolation import child as child_module
from pytest_relaybench.isolation.pool import Reported
from pytest_relaybench.isolation.replay import replay

from .bare import Bare
from .conftest import Children, crash, outcomes, output, vanishes

PASSED = ["passed"] * 3
DEATHS = """
import ctypes, faulthandler, os, signal, sys
import pytest

def test_fine(): print(os.getpid())
def test_segfault():
    print("before the fault")
    ctypes.string_at(0)
def test_abort(): os.abort()
def test_exit_3(): os._exit(3)
def test_exit_0(): os._exit(0)
def test_killed(): os.kill(os.getpid(), signal.SIGKILL)
def test_real_time_signal(): os.kill(os.getpid(), signal.SIGRTMIN + 1)
def test_sys_exit(): sys.exit(3)
def test_interrupt(): raise KeyboardInterrupt

@pytest.fixture
def dies_in_setup(): os._exit(4)
@pytest.fixture
def dies_in_teardown():
    yield
    os._exit(5)
def test_setup(dies_in_setup): pass
def test_teardown(dies_in_teardown): pass
"""
REASONS = {
    "segfault": "the child process was killed by SIGSEGV in the middle of the test",
    "abort": "the child process was killed by SIGABRT in the middle of the test",
    "exit_3": "the child process ended with exit status 3 in the middle of the test",
    "exit_0": "the child process ended with exit status 0 in the middle of the test",
    "killed": "the child process was killed by SIGKILL (sent by a process) in the middle of the test",
    "real_time_signal": f"the child process was killed by signal {signal.SIGRTMIN + 1} in the middle of the test",
    "interrupt": "the child process ended with exit status 2 in the middle of the test",
}


def test_every_death_has_its_reason(children: Children) -> None:
    """Signals and exits are told by name; the tests between them pass, each in a new child."""
    launch = children.launch(DEATHS)
    found = children.run(launch, *(test for death in REASONS for test in (f"test_{death}", "test_fine")))
    assert [crash(events).reason for events in found[::2]] == list(REASONS.values())
    assert [outcomes(events) for events in found[1::2]] == [PASSED] * len(REASONS)
    assert len({output(events)["call"] for events in found[1::2]}) == len(REASONS)


def test_segfault_shows_stack_and_output(children: Children) -> None:
    """What was printed before the crash is there, and the Python stack of the crash."""
    (events,) = children.run(children.launch(DEATHS), "test_segfault")
    assert outcomes(events)[:-1] == ["passed"]
    assert crash(events).out == "before the fault\n"
    assert "Fatal Python error: Segmentation fault" in crash(events).err
    assert "in test_segfault" in crash(events).err


def test_death_in_setup_or_teardown(children: Children) -> None:
    """The phases before the death are reported, the death comes after them."""
    setup, teardown = children.run(children.launch(DEATHS), "test_setup", "test_teardown")
    assert outcomes(setup) == ["the child process ended with exit status 4 in the middle of the test"]
    assert outcomes(teardown)[:2] == ["passed", "passed"]
    assert "exit status 5" in crash(teardown).reason


def test_sys_exit_is_an_ordinary_failure(children: Children) -> None:
    """`sys.exit` fails its test in the child, which lives on."""
    events, after = children.run(children.launch(DEATHS), "test_sys_exit", "test_fine")
    assert outcomes(events) == ["passed", "failed", "passed"]
    assert outcomes(after) == PASSED


def test_module_that_only_the_child_cannot_import(children: Children) -> None:
    """The reason is the test's error; one child serves all of them, none of them is collected anew."""
    launch = children.launch(
        "import os\nprint('importing')\nimport not_there\ndef test_a(): pass\ndef test_b(): pass\n"
    )
    first, second = children.run(launch, "test_a", "test_b")
    assert "No module named 'not_there'" in crash(first).reason
    assert "No module named 'not_there'" in crash(second).reason
    assert crash(first).out.count("importing") == 1
    assert not crash(second).out


def test_test_that_only_the_parent_has(children: Children) -> None:
    """A test that the child does not find is told so."""
    (events,) = children.run(children.launch("def test_a(): pass\n"), "test_b")
    assert outcomes(events) == ["the child did not collect it"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"python": "/nowhere/python"}, "/nowhere/python: the child could not be started: No such file"),
        ({"cpus": (100_000,)}, "exit status 1 before it had collected the experiment"),
        ({"options": {"plugins": ["not_there"]}}, "exit status 1 before it had collected the experiment"),
    ],
)
def test_child_that_cannot_start(children: Children, changes: dict[str, object], said: str) -> None:
    """An interpreter, CPU or plugin that is not there fails the test and leaves nothing open."""
    (events,) = children.run(children.launch("def test_a(): pass\n", **changes), "test_a")
    assert said in crash(events).reason
    if "started" not in said:
        assert "Traceback" in crash(events).err


def test_garbage_on_the_pipes_is_one_tests_failure(children: Children) -> None:
    """A test that writes to every descriptor it finds fails itself, not the session; the next test passes."""
    launch = children.launch("""
import os

def test_garbage():
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"}garbage{\\n")
        except OSError:
            pass

def test_half_a_line():
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b'["no", "message"')
        except OSError:
            pass

def test_fine(): pass
""")
    garbage, fine, half, again = children.run(launch, "test_garbage", "test_fine", "test_half_a_line", "test_fine")
    assert "something else than a message came over the child's pipe: b'}garbage{'" in crash(garbage).reason
    assert "something else than a message" in crash(half).reason
    assert outcomes(fine) == outcomes(again) == PASSED


def test_pipes_are_not_inherited(children: Children) -> None:
    """A program that a test starts gets the standard descriptors only, and living on it holds nobody up."""
    launch = children.launch("""
import os, subprocess

started = []

def test_it():
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        try:
            is_inheritable = os.get_inheritable(descriptor)
        except OSError:  # the listing's own
            continue
        assert descriptor <= 2 or not is_inheritable
    started.append(subprocess.Popen(["sleep", "600"], close_fds=False))
    print(started[0].pid)
""")
    began = time.monotonic()
    (events,) = children.run(launch, "test_it")
    assert outcomes(events) == [*PASSED, "warned"]
    assert time.monotonic() - began < 20
    assert vanishes(int(output(events)["call"]))


def test_process_that_outlives_its_test_blocks_nobody(children: Children) -> None:
    """A forked copy that holds every pipe open neither delays the report of a death nor survives it."""
    launch = children.launch("""
import os, time

def test_dies():
    copy = os.fork()
    if copy == 0:
        time.sleep(600)
        os._exit(0)
    print(copy, flush=True)
    os._exit(9)
""")
    started = time.monotonic()
    (events,) = children.run(launch, "test_dies")
    assert "exit status 9" in crash(events).reason
    assert time.monotonic() - started < 20
    assert vanishes(int(crash(events).out))


def test_forked_copy_does_not_speak_for_the_test(children: Children) -> None:
    """A test that forks and lets its copy return has one report per phase, its own."""
    launch = children.launch("""
import os

def test_fork():
    copy = os.fork()
    assert copy, "the copy fails"
    os.waitpid(copy, 0)

def test_next(): pass
""")
    first, second = children.run(launch, "test_fork", "test_next")
    assert outcomes(first) == outcomes(second) == PASSED
    assert all(isinstance(event, Reported) for event in [*first, *second])


def test_report_that_pytest_cannot_read(pytester: pytest.Pytester) -> None:
    """A message of the right form whose report is nonsense is the failure of its test, not of the session."""
    pytester.makepyfile("def test_it(): pass")
    item = pytester.getitem("def test_it(): pass", "test_it")
    seen: list[pytest.TestReport] = []

    class Keeps:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            seen.append(report)

    item.config.pluginmanager.register(Keeps())
    nonsense = [{}, {"$report_type": "TestReport", "longrepr": 3}, {"$report_type": "CollectReport", "nodeid": "x"}]
    replay(item, [Reported(report, "out", "") for report in nonsense], print)
    assert [(report.outcome, report.nodeid) for report in seen] == [("failed", item.nodeid)] * len(nonsense)
    assert all("its report" in str(report.longrepr) for report in seen)
    assert seen[0].sections == [("Captured stdout setup", "out")]


def test_child_that_reads_nothing(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    """A launch that is larger than a pipe holds nobody up when the child does not read it."""
    monkeypatch.setattr(child_module, "SEND_WAIT_S", 0.5)
    launch = replace(bare.launch("def fine(): pass\n"), config_text="x" * (1 << 20))
    reads_nothing = bare.root / "python"
    reads_nothing.write_text("#!/bin/sh\nexec sleep 600\n")
    reads_nothing.chmod(0o700)
    stuck, fine = bare.run(replace(launch, python=str(reads_nothing)), "fine", "fine", timeout_s=1)
    assert {crash(events).reason for events in (stuck, fine)} == {
        "the child process does not read what it is told",
    }
    (read,) = bare.run(launch, "fine")
    assert outcomes(read) == PASSED


def test_test_that_leaves_no_descriptor_free(bare: Bare) -> None:
    """What follows it has a new child, and somebody is told."""
    launch = bare.launch("""
import os
kept = []
def eats():
    try:
        while True: kept.append(os.dup(0))
    except OSError:
        pass
def fine(): os.close(os.dup(0))
""")
    eats, fine = bare.run(launch, "eats", "fine")
    assert outcomes(eats) == [*PASSED, "warned"]
    assert outcomes(fine) == PASSED
