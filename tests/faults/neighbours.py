"""A test that goes wrong between two that do not, in the children of one pool, and what the pool says of all three."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pytest_relaybench.isolation.launch import Launch
from pytest_relaybench.isolation.pool import Crashed, Event, Reported, Warned

from ..isolation.bare import Bare, bare_children
from ..isolation.conftest import Children, outcomes, vanishes
from .campaign import Attempt, Outcome

PASSED = ["passed"] * 3
HUNG_S = 1.0  # how long a test may take that is to hang
PATIENCE_S = 60.0
LONGEST_TOLD = 3000
HEAD = "import ctypes, fcntl, os, random, signal, stat, subprocess, sys, threading, time\n"
FINE = "\ndef test_before(): print('before')\ndef test_after(): print('after')\n"


@dataclass(frozen=True)
class Seen:
    """What a pool said of three tests, of which the second is the fault, and how long they took."""

    before: Sequence[Event]
    fault: Sequence[Event]
    after: Sequence[Event]
    took_s: float
    folder: Path  # of the try

    @property
    def reason(self) -> str:
        """Of the fault's crash, empty where it has none."""
        return next((event.reason for event in self.fault if isinstance(event, Crashed)), "")

    @property
    def text(self) -> str:
        """All that the fault wrote."""
        return "".join(event.out + event.err for event in self.fault if isinstance(event, Reported | Crashed))

    @property
    def warnings(self) -> list[str]:
        """Of all three."""
        events = [*self.before, *self.fault, *self.after]
        return [str(event.content["message"]) for event in events if isinstance(event, Warned)]


Holds = Callable[[Seen], bool]


def between_neighbours(body: str, holds: Holds, *, timeout_s: float = PATIENCE_S, limit_bytes: int = 0) -> Attempt:
    """A test of this body between two others, in children without pytest.

    In the body FOLDER and RANDOM stand for the try's own.
    """

    def attempt(folder: Path, random: Random) -> Outcome:
        lines = body.replace("FOLDER", str(folder)).replace("RANDOM", str(random.randrange(1 << 30))).splitlines()
        code = HEAD + "\ndef test_fault():\n" + "".join(f"    {line}\n" for line in lines) + FINE
        with bare_children(folder) as bare:
            launch = bare.launch(code, memory_limit_bytes=limit_bytes)
            return _judged(bare, launch, timeout_s, holds)

    return attempt


def between_tests(code: str, holds: Holds, *, comes_last: bool = False) -> Attempt:
    """As above in children with pytest: `code` is a module's, and has `test_fault`, which may be its last test."""

    def attempt(folder: Path, random: Random) -> Outcome:
        children = Children(folder)
        told = code.replace("FOLDER", str(folder)).replace("RANDOM", str(random.randrange(1 << 30)))
        try:
            return _judged(children, children.launch(HEAD + told + FINE), PATIENCE_S, holds, comes_last=comes_last)
        finally:
            children.pool.close(at_once=True)

    return attempt


def _judged(
    children: Bare | Children, launch: Launch, timeout_s: float, holds: Holds, *, comes_last: bool = False
) -> Outcome:
    """It survives when both neighbours pass with what they printed, and `holds` is true of the fault."""
    began = time.monotonic()
    tests = ["test_before", "test_after"]
    tests.insert(2 if comes_last else 1, "test_fault")
    events = dict(zip(tests, children.run(launch, *tests, timeout_s=timeout_s), strict=True))
    before, fault, after = (events[name] for name in ("test_before", "test_fault", "test_after"))
    seen = Seen(before, fault, after, time.monotonic() - began, children.root)
    lost = sum(not _is_whole(name, events) for name, events in (("before", before), ("after", after)))
    told = [[*map(_in_a_word, events)] for events in (before, fault, after)]
    told_of = f"{told} warnings: {seen.warnings[:3]} {seen.took_s:.1f} s\n{seen.text[-LONGEST_TOLD:]}"
    return Outcome(survived=not lost and holds(seen), lost=lost, told=told_of)


def _is_whole(name: str, events: Sequence[Event]) -> bool:
    reports = [event for event in events if isinstance(event, Reported | Crashed)]
    return outcomes(reports) == PASSED and "".join(event.out for event in reports) == f"{name}\n"


def _in_a_word(event: Event) -> str:
    return outcomes([event])[0][:200] if isinstance(event, Reported | Crashed) else type(event).__name__


def dies(how: str) -> Holds:
    """The fault's child dies, which is told in one line."""
    return lambda seen: how in seen.reason and len(seen.reason.splitlines()) == 1


def fails(seen: Seen) -> bool:
    """The fault fails as any test does; its child lives on."""
    return outcomes([*seen.fault])[:3] == ["passed", "failed", "passed"]


def passes(seen: Seen) -> bool:
    """The fault is none: it passes, and nothing is said of it."""
    return outcomes([*seen.fault]) == PASSED and not seen.warnings


def hangs(seen: Seen) -> bool:
    """It is killed in time, with its stack shown."""
    is_shown = "in test_fault" in seen.text and seen.took_s < PATIENCE_S / 2
    return f": killed after timeout_s = {HUNG_S:g} s" in seen.reason and is_shown


def gone(seen: Seen) -> bool:
    """The process whose number the fault printed is ended, and somebody is told."""
    pid = next(int(word) for word in seen.text.split() if word.isdecimal())
    return vanishes(pid) and f"(pid {pid})" in " ".join([*seen.warnings, seen.text])


def warned(of: str, within_s: float = PATIENCE_S) -> Holds:
    """It passes in this time, and what it left is told."""
    return lambda seen: seen.took_s < within_s and any(of in warning for warning in seen.warnings)
