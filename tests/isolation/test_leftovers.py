"""What tests leave running is ended with their child, wherever it hides, and somebody is told."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time

import pytest

from pytest_relaybench.isolation import child as child_module
from pytest_relaybench.isolation import leftovers
from pytest_relaybench.isolation.pool import Event, Warned

from .bare import Bare, BareChild
from .conftest import crash, outcomes, output, vanishes

PASSED = ["passed"] * 3
ESCAPES = """
import os, subprocess, sys, threading, time

def in_its_own_session():
    print(subprocess.Popen(["sleep", "600"], start_new_session=True).pid)

def forked_twice():
    there, here = os.pipe()
    if os.fork():
        os.wait()
        print(os.read(there, 20).decode())
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    os.write(here, str(os.getpid()).encode())
    time.sleep(600)

def escaped_and_died():
    in_its_own_session()
    os._exit(3)

def escaped_and_hung():
    in_its_own_session()
    time.sleep(600)

def program_that_ends():
    subprocess.Popen(["sleep", "0.3"], start_new_session=True)

def waits_for_all():
    subprocess.Popen(["true"])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return

def thread():
    threading.Thread(target=time.sleep, args=(600,), name="forgotten").start()

def executor():
    from concurrent.futures import ThreadPoolExecutor
    ThreadPoolExecutor(1).submit(int)

def dies_afterwards():
    threading.Timer(0.2, os._exit, [6]).start()

def fine(): pass
"""


def warned(events: list[Event]) -> list[str]:
    """What was warned of."""
    return [str(event.content["message"]) for event in events if isinstance(event, Warned)]


@pytest.mark.parametrize("test", ["in_its_own_session", "forked_twice"])
def test_process_that_left_the_group_is_ended_and_told(bare: Bare, test: str) -> None:
    """Neither a session of its own nor a dead parent hides a process; the last test of the child is warned of it."""
    before, events, *_ = bare.run(bare.launch(ESCAPES), "fine", test)
    pid = int(output(events)["call"])
    assert vanishes(pid)
    assert warned(before) == []
    (told,) = warned(events)
    assert told.startswith("the tests of x left running: processes, which were killed: ")
    assert f"(pid {pid})" in told


def test_process_that_left_the_group_of_a_child_that_died(bare: Bare) -> None:
    """It is ended with a child that crashed or hung, and named beside the child's last words."""
    died, hung, fine = bare.run(bare.launch(ESCAPES), "escaped_and_died", "escaped_and_hung", "fine", timeout_s=1)
    for events in (died, hung):
        pid = int(crash(events).out)
        assert vanishes(pid)
        assert f"[killed with it: sleep 600 (pid {pid})]" in crash(events).err
    assert outcomes(fine) == PASSED


def test_process_that_ends_by_itself_is_no_matter(bare: Bare) -> None:
    """What notices within a moment that its child has gone is not complained of."""
    (events,) = bare.run(bare.launch(ESCAPES), "program_that_ends")
    assert outcomes(events) == PASSED


def test_guard_is_nobodys_child(bare: Bare) -> None:
    """A test that waits until it has no child left is not held up by the process that guards it."""
    (events,) = bare.run(bare.launch(ESCAPES), "waits_for_all", timeout_s=10)
    assert outcomes(events) == PASSED


def test_thread_that_nobody_ended(bare: Bare) -> None:
    """It holds the night up for a moment only, and is named; an executor's thread ends by itself."""
    began = time.monotonic()
    (events,) = bare.run(bare.launch(ESCAPES), "thread")
    assert time.monotonic() - began < 8
    assert warned(events) == ["the tests of x left running: threads: forgotten"]
    (events,) = bare.run(bare.launch(ESCAPES), "executor")
    assert outcomes(events) == PASSED


def test_child_that_dies_between_two_tests(bare: Bare) -> None:
    """What a test left running may end its child later: the next test has another one, and somebody is told."""
    launch = bare.launch(ESCAPES)
    first = list(bare.pool.run(launch, "test_x.py::dies_afterwards", "more", 30))
    time.sleep(0.6)
    second = list(bare.pool.run(launch, "test_x.py::fine", None, 30))
    assert outcomes(first) == PASSED
    assert outcomes(second) == [*PASSED, "warned"]
    (told,) = warned(second)
    assert told.startswith("between two tests of x the child process ended with exit status 6")


def test_parent_that_is_killed_leaves_nothing(bare: Bare) -> None:
    """The guard ends what left the group, too, and removes the output, when nobody else can."""
    code = f"""
import sys
from pathlib import Path
from tests.isolation.bare import Bare
bare = Bare(Path({str(bare.root)!r}))
bare.pool.run(bare.launch({ESCAPES!r}), "test_x.py::in_its_own_session", "more", 30).__next__()
events = list(bare.pool.run(bare.launch({ESCAPES!r}), "test_x.py::in_its_own_session", "more", 30))
print([event.out for event in events if event.report["when"] == "call"][0], flush=True)
sys.stdin.read()
"""
    pipe = subprocess.PIPE
    env = {**os.environ, "TMPDIR": str(bare.root)}
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True, env=env) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert len([*bare.root.glob("relaybench-child-*")]) == 1
        parent.kill()
    assert vanishes(pid)
    until = time.monotonic() + 5
    while [*bare.root.glob("relaybench-child-*")]:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_only_what_carries_the_mark_is_found() -> None:
    """A process is found by the mark in the environment that it was started with, and by no other."""
    mark = "0123456789abcdef"
    with subprocess.Popen(["sleep", "600"], env={leftovers.MARK: mark}, start_new_session=True) as process:
        assert [str(each) for each in leftovers.left_by(mark)] == [f"sleep 600 (pid {process.pid})"]
        assert leftovers.left_by(mark, {process.pid}) == leftovers.left_by(mark[:-1]) == []
        leftovers.end(mark)
        assert process.wait(5) == -9
    assert os.getpid()  # and not this one


@pytest.mark.parametrize("held", [True, False])
def test_a_number_that_is_another_processes_by_now(monkeypatch: pytest.MonkeyPatch, *, held: bool) -> None:
    """Who has got the number of a leftover that ended lives on; without descriptors a leftover is still ended."""
    mark = "0123456789abcdef"
    environments = [{leftovers.MARK: "another"}, {leftovers.MARK: mark}]
    processes = [subprocess.Popen(["sleep", "600"], env=env, start_new_session=True) for env in environments]
    try:
        found = [leftovers.Leftover(process.pid, "sleep") for process in processes[0 if held else 1 :]]
        monkeypatch.setattr(leftovers, "left_by", lambda *_: [found.pop()] if found else [])
        if not held:
            monkeypatch.setattr(leftovers.os, "pidfd_open", refuse)
        leftovers.end(mark)
        assert processes[1].wait(5) == -9
        assert processes[0].poll() is None
    finally:
        for process in processes:
            process.kill()
            process.wait()


def refuse(_: int) -> int:
    """As where all descriptors are in use."""
    raise OSError(errno.EMFILE, "Too many open files")


def test_a_child_is_killed_once(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another process group's afterwards."""
    child = BareChild(bare.launch(ESCAPES), shares_output=False)
    child.kill()
    monkeypatch.setattr(child_module.os, "killpg", lambda *_: pytest.fail("killed again"))
    child.kill()


def test_names_are_few_and_harmless() -> None:
    """The first three stand for many; a name that would move the cursor does not."""
    many = [leftovers.Leftover(number, f"p{number}") for number in range(5)]
    assert leftovers.names(many) == "p0 (pid 0), p1 (pid 1), p2 (pid 2) and 2 more"
    evil = ["sleep", "600", "\x1b[2J" + "x" * 100]
    with subprocess.Popen(["bash", "-c", "exec sleep 600", *evil[2:]], env={leftovers.MARK: "evil"}) as process:
        try:
            names = leftovers.names(leftovers.left_by("evil"))
        finally:
            process.kill()
    assert "\x1b" not in names
    assert len(names) < 100
