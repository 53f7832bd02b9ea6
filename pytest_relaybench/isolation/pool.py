"""The children of a session: kept warm for the tests that share them, replaced when one dies."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ChildError
from . import protocol
from .child import Child, ChildGoneError
from .launch import Launch

MAX_LIVE = 1
HUNG_IN_A_ROW = 3  # tests of one experiment that hang one after the other before the rest is not tried


@dataclass(frozen=True)
class Reported:
    """A report of the child, still serialised, with the output of its phase."""

    report: Mapping[str, Any]
    out: str
    err: str


@dataclass(frozen=True)
class Warned:
    """A warning that the child recorded."""

    content: Mapping[str, Any]


@dataclass(frozen=True)
class Noted:
    """A line of progress that the child wants told at once."""

    text: str


@dataclass(frozen=True)
class Crashed:
    """The child ended before the test did: why, and what it wrote last."""

    reason: str
    out: str
    err: str


Event = Reported | Warned | Noted | Crashed


class Pool:
    """Runs tests in children, one at a time; `max_live` of them stay warm."""

    def __init__(self, *, shares_output: bool, max_live: int = MAX_LIVE) -> None:
        self._shares_output = shares_output
        self._max_live = max_live
        self._children: OrderedDict[str, Child] = OrderedDict()
        self._hung: dict[str, int] = {}

    def run(self, launch: Launch, nodeid: str, following: str | None, timeout_s: float) -> Iterator[Event]:
        """Run one test in the child of its launch and yield what happens, in order.

        `following` is the test that this child runs next, so that shared fixtures stay. A child that takes longer than
        `timeout_s` to start, or a test that does, has its stacks printed and its process group killed; what the caller
        does with an event does not count.
        """
        if self._hung.get(launch.tests_of, 0) >= HUNG_IN_A_ROW:
            yield Crashed(f"not run: the {HUNG_IN_A_ROW} tests before it hung", "", "")
            return
        try:
            child = self._child(launch)
        except ChildError as error:
            yield Crashed(str(error), "", "")
            return
        try:
            child.send(protocol.RUN, nodeid=nodeid, following=following)
            yield from self._events(child, timeout_s)
        except (ChildGoneError, ChildError) as gone:
            yield self._bury(child, str(gone))
        except TimeoutError:
            self._hung[launch.tests_of] = self._hung.get(launch.tests_of, 0) + 1
            child.dump_stacks()
            what = "the test" if child.is_ready else "the child, before it had collected the experiment,"
            yield self._bury(child, f"{what} hung: killed after timeout_s = {timeout_s:g} s")
        else:
            self._hung[launch.tests_of] = 0
        if following is None:
            self._retire(launch.key())

    def _events(self, child: Child, timeout_s: float) -> Iterator[Event]:  # noqa: C901, one case a kind of message
        deadline = time.monotonic() + timeout_s
        while True:
            message = child.receive(deadline)
            event: Event | None = None
            match message["kind"]:
                case protocol.READY:
                    child.is_ready = True
                    deadline = time.monotonic() + timeout_s
                case protocol.REPORT:
                    event = Reported(message["report"], *child.output(message["written"]))
                case protocol.WARNING:
                    event = Warned(message)
                case protocol.NOTE:
                    event = Noted(message["text"])
                case protocol.FAILED:
                    yield Crashed(message["message"], *child.output())
                    return
                case protocol.DONE:
                    return
            if event is not None:
                told = time.monotonic()
                yield event
                deadline += time.monotonic() - told

    def _child(self, launch: Launch) -> Child:
        key = launch.key()
        if key not in self._children:
            while len(self._children) >= self._max_live:
                self._retire(next(iter(self._children)))
            self._children[key] = Child(launch, shares_output=self._shares_output)
        self._children.move_to_end(key)
        return self._children[key]

    def _bury(self, child: Child, reason: str) -> Crashed:
        out, err = child.output()
        self._forget(child)
        child.kill()
        return Crashed(reason, out, err)

    def _forget(self, child: Child) -> None:
        self._children.pop(child.launch.key(), None)

    def _retire(self, key: str) -> None:
        child = self._children.pop(key, None)
        if child is not None:
            child.stop()

    def close(self, *, at_once: bool = False) -> None:
        """End all children: after their teardown, or at once when somebody is waiting."""
        end: Callable[[Child], None] = Child.kill if at_once else Child.stop
        while self._children:
            end(self._children.popitem()[1])
