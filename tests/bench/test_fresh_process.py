"""Calls in processes of their own: what they give, and what is known of those that do not return."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from bench.fresh_process import ProcessEndedError, ask, value_of


def add(tell, left, right):
    tell("adding")
    return left + right


def loaded(tell):
    return sorted({"tvm", "torch"} & set(sys.modules))


def crash(tell):
    tell("about to crash")
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(tell):
    tell("waiting")
    time.sleep(60)


def leave(tell):
    os._exit(3)


def fail(tell):
    raise ValueError("no such thing")


def mark(tell):
    """Whether an earlier call has been here."""
    was_here = hasattr(sys, "relaybench_mark")
    sys.relaybench_mark = True
    return was_here


def test_value():
    """A call's value comes back, with what it told on its way."""
    answer = ask(add, 2, 3, deadline_s=60)
    assert (answer.value, answer.told, answer.death) == (5, ("adding",), "")
    assert value_of(answer) == 5


def test_libraries_are_there_already():
    """TVM and torch are imported once for all calls, so that a call takes no seconds."""
    assert ask(loaded, deadline_s=60).value == ["torch", "tvm"]


def test_calls_share_nothing():
    """What one call leaves behind is not there for the next."""
    assert [ask(mark, deadline_s=60).value for _ in range(2)] == [False, False]


@pytest.mark.parametrize(
    ("function", "deadline_s", "death", "told"),
    [
        (crash, 60, "killed by SIGSEGV", ("about to crash",)),
        (hang, 0.5, "killed after 0.5 s", ("waiting",)),
        (leave, 60, "ended with exit status 3", ()),
    ],
)
def test_deaths(function, deadline_s, death, told):
    """A process that crashes, hangs or leaves is told by how it ended and by what it said last."""
    answer = ask(function, deadline_s=deadline_s)
    assert (answer.value, answer.death, answer.told) == (None, death, told)
    with pytest.raises(ProcessEndedError, match=death):
        value_of(answer)


def test_exceptions():
    """An exception that the function did not handle comes with its traceback."""
    with pytest.raises(RuntimeError, match=r"(?s)in fail.*ValueError: no such thing"):
        ask(fail, deadline_s=60)
