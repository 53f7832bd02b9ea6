"""Subsystems in a process of their own: one child for all, ended at a deadline, replaced when it dies."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from types import TracebackType
from typing import Any, ClassVar, Self

from .dashboard import Dashboard
from .errors import ChildError
from .isolation import leftovers, protocol
from .isolation.bounds import harmless
from .isolation.child import Child, ChildGoneError
from .subsystem_call import Called, called_from
from .subsystem_worker import Job, SubsystemLaunch
from .subsystems import Planned

START_TIMEOUT_S = 120.0
LONGEST_OUTPUT = 10_000  # letters that a failed subsystem's status keeps


class SubsystemChild(Child):
    """The interpreter in which subsystems run."""

    WORKER: ClassVar = "pytest_relaybench.subsystem_worker"
    BEFORE_READY: ClassVar = "before it was ready"
    WHEN_READY: ClassVar = "in the middle of the subsystem"


class SubsystemWorker:
    """Runs subsystems one at a time in a child that is started for the first one; to be used in a `with` block.

    `left` is told at the end what the subsystems had left running.
    """

    def __init__(self, dashboard: Dashboard, left: Callable[[str], None]) -> None:
        self._dashboard = dashboard
        self._left = left
        self._child: SubsystemChild | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        child, self._child = self._child, None
        if child is not None and kind:
            child.kill()
        elif child is not None:
            for each in child.stop():
                self._left(f"subsystems left running: {each}")

    def prepare(self) -> None:
        """Start the child where there is none, so that no subsystem's time counts it; `run` tells what went wrong."""
        with contextlib.suppress(ChildGoneError, ChildError):
            self._ready()

    def run(self, entry: Planned) -> Called:
        """Run one subsystem, which must have an origin, for at most its `timeout_s`.

        One that hangs has its stacks printed and is killed with all that it started; one that ends the process costs
        only itself.
        """
        assert entry.config is not None
        try:
            child = self._ready()
            child.send(protocol.RUN, job=asdict(_job_of(entry)))
            called = called_from(child.receive(time.monotonic() + entry.config.timeout_s))
        except (ChildGoneError, ChildError, KeyError, TypeError) as gone:
            return self._bury(str(gone))
        except TimeoutError:
            return self._bury_hung(entry.config.timeout_s)
        told = _shown(child.output())
        return called if called.success else Called(**{**vars(called), "output": told})

    def _ready(self) -> SubsystemChild:
        """The child that waits for a subsystem; raises ChildError or ChildGoneError when none can be had."""
        if self._child is not None and self._child.is_ready and self._child.end:  # of what one had left running
            self._left(f"after a subsystem {self._child.end}")
            self._child.kill()
            self._child = None
        if self._child is None:
            self._child = SubsystemChild(_launch_of(self._dashboard), shares_output=False)
        if not self._child.is_ready:
            try:
                self._child.receive(time.monotonic() + START_TIMEOUT_S)
            except TimeoutError:
                raise ChildError(f"the process for subsystems did not start within {START_TIMEOUT_S:g} s") from None
            self._child.is_ready = True
        return self._child

    def _bury_hung(self, timeout_s: float) -> Called:
        assert self._child is not None
        self._child.dump_stacks()
        return self._bury(f"hung: not done after {timeout_s:g} s (`timeout_s`), so it was killed")

    def _bury(self, reason: str) -> Called:
        child, self._child = self._child, None
        if child is None:
            return Called(success=False, message=reason)
        output, left = _shown(child.output()), child.left_running()
        child.kill()
        killed = f"\n[killed with it: {leftovers.names(left)}]" if left else ""
        return Called(success=False, message=reason, output=output + killed)


def _launch_of(dashboard: Dashboard) -> SubsystemLaunch:
    home = dashboard.home
    config = home.config.model_dump_json(by_alias=True)
    return SubsystemLaunch(
        str(home.root), config, dashboard.run_id, tuple(dashboard.table.problems), tuple(map(str, sys.path))
    )


def _job_of(entry: Planned) -> Job:
    assert entry.subsystem is not None
    assert entry.subsystem.origin is not None
    origin: dict[str, Any] = asdict(entry.subsystem.origin)
    return Job(entry.name, origin, entry.subsystem.source, entry.config_text)


def _shown(output: tuple[str, str]) -> str:
    """Pass on what the child printed, and return the end of it."""
    out, err = map(harmless, output)
    sys.stdout.write(out)
    sys.stderr.write(err)
    return (out + err)[-LONGEST_OUTPUT:]
