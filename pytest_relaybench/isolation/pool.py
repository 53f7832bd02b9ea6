"""The children of a session: kept warm for the tests that share them, replaced when one dies."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import ChildError
from . import leftovers, protocol
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

    start: ClassVar[type[Child]] = Child

    def __init__(self, *, shares_output: bool, max_live: int = MAX_LIVE) -> None:
        self._shares_output = shares_output
        self._max_live = max_live
        self._children: OrderedDict[str, Child] = OrderedDict()
        self._hung: dict[str, int] = {}
        self._left: list[str] = []  # what children that have ended had left running, and nobody was told yet

    def run(self, launch: Launch, nodeid: str, following: str | None, timeout_s: float) -> Iterator[Event]:
        """Run one test in the child of its launch and yield what happens, in order.

        `following` is the test that this child runs next, so that shared fixtures stay. A child that takes longer than
        `timeout_s` to start, or a test that does, has its stacks printed and is killed with all that it started; what
        the caller does with an event does not count. What a child leaves running at its end is killed and warned of.
        """
        yield from self._run(launch, nodeid, following, timeout_s)
        while self._left:
            yield _warned(launch, nodeid, self._left.pop(0))

    def _run(self, launch: Launch, nodeid: str, following: str | None, timeout_s: float) -> Iterator[Event]:
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
            what = "the test" if child.is_ready else "the child, before it had collected the experiment,"
            how = "was stopped by a signal" if child.is_stopped else "hung"
            child.dump_stacks()
            yield self._bury(child, f"{what} {how}: killed after timeout_s = {timeout_s:g} s")
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
                    if message.get("worn"):
                        self._retire(child.launch.key())
                        self._left.append(f"{message['worn']}: what follows has a new child")
                    return
            if event is not None:
                told = time.monotonic()
                yield event
                deadline += time.monotonic() - told

    def _child(self, launch: Launch) -> Child:
        key = launch.key()
        if key in self._children and self._children[key].end:  # of something that its tests had left running
            child = self._children.pop(key)
            self._left.append(f"between two tests of {launch.experiment} {child.end}: what follows has a new child")
            child.kill()
        if key not in self._children:
            while len(self._children) >= self._max_live:
                self._retire(next(iter(self._children)))
            self._children[key] = self.start(launch, shares_output=self._shares_output)
        self._children.move_to_end(key)
        return self._children[key]

    def _bury(self, child: Child, reason: str) -> Crashed:
        out, err = child.output()
        self._forget(child)
        left = child.left_running()
        child.kill()
        return Crashed(reason, out, f"{err}\n[killed with it: {leftovers.names(left)}]\n" if left else err)

    def _forget(self, child: Child) -> None:
        self._children.pop(child.launch.key(), None)

    def _retire(self, key: str) -> None:
        child = self._children.pop(key, None)
        if child is not None:
            tests = getattr(child.launch, "experiment", "")
            self._left += [f"the tests of {tests} left running: {each}" for each in child.stop()]

    def close(self, *, at_once: bool = False) -> None:
        """End all children: after their teardown, or at once when somebody is waiting."""
        end: Callable[[Child], object] = Child.kill if at_once else Child.stop
        while self._children:
            end(self._children.popitem()[1])


def _warned(launch: Launch, nodeid: str, message: str) -> Warned:
    content = {"message": message, "category": "PytestWarning", "filename": launch.module, "lineno": 1}
    return Warned({**content, "when": "runtest", "nodeid": nodeid, "location": None})
