"""Real pools of bare children, for what parents do about tests that go wrong in ways that pytest has no part in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from pytest_relaybench.isolation.child import Child
from pytest_relaybench.isolation.launch import Launch
from pytest_relaybench.isolation.pool import Event, Pool

CHECKOUT = Path(__file__).parents[2]
DEADLINE_S = 30.0


class BareChild(Child):
    """A child that runs functions instead of pytest's tests."""

    WORKER: ClassVar = "tests.isolation.bare_worker"


class BarePool(Pool):
    """The pool of every night, with bare children."""

    start: ClassVar = BareChild


@dataclass
class Bare:
    """Runs functions of modules that are written on the spot."""

    root: Path
    pool: BarePool = field(default_factory=lambda: BarePool(shares_output=False))

    def launch(self, code: str, *, name: str = "x", memory_limit_bytes: int = 0) -> Launch:
        """Write the module and say how its functions are launched."""
        module = self.root / f"test_{name}.py"
        module.write_text(code)
        place, env = str(self.root), {"PYTHONPATH": str(CHECKOUT)}
        usual = Launch(name, str(module), place, None, "{}", "config.json", place, 1, env=env)
        return replace(usual, memory_limit_bytes=memory_limit_bytes)

    def run(self, launch: Launch, *tests: str, timeout_s: float = DEADLINE_S) -> list[list[Event]]:
        """The events of each function, run one after the other as tests of an experiment are."""
        return [
            list(self.pool.run(launch, f"test_x.py::{test}", following, timeout_s))
            for test, following in zip(tests, [*tests[1:], None], strict=True)
        ]


@contextmanager
def bare_children(root: Path) -> Iterator[Bare]:
    """None is left behind."""
    found = Bare(root)
    try:
        yield found
    finally:
        found.pool.close(at_once=True)
