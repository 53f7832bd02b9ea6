"""Children without a session around them: a pool, and launches for modules written on the spot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.isolation.launch import Launch, portable_options
from pytest_relaybench.isolation.pool import Crashed, Event, Pool, Reported

from .bare import Bare, bare_children

DEADLINE_S = 60.0


@dataclass
class Children:
    """Runs tests of `module` in children of one pool."""

    root: Path
    pool: Pool = field(default_factory=lambda: Pool(shares_output=False))

    def launch(self, code: str, *, name: str = "x", config: str = "{}", **changes: Any) -> Launch:
        """Write the module and say how its tests are launched."""
        module = self.root / f"test_{name}.py"
        module.write_text(code)
        usual: dict[str, Any] = {
            "experiment": name,
            "module": str(module),
            "rootdir": str(self.root),
            "inifile": None,
            "config_text": config,
            "config_path": "config.json",
            "setup_dir": str(self.root / "setup"),
            "seed": 1,
            "options": portable_options({"pythonwarnings": ["default"]}),
        }
        return Launch(**{**usual, **changes})

    def run(self, launch: Launch, *tests: str, timeout_s: float = DEADLINE_S) -> list[list[Event]]:
        """The events of each test, run one after the other as neighbours in an experiment are."""
        ids = [f"{Path(launch.module).name}::{test}" for test in tests]
        return [
            list(self.pool.run(launch, nodeid, following, timeout_s))
            for nodeid, following in zip(ids, [*ids[1:], None], strict=True)
        ]


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    """Children whose modules lie in a folder of their own; none is left behind."""
    found = Children(tmp_path)
    yield found
    found.pool.close(at_once=True)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Bare]:
    """Children without pytest; none is left behind."""
    with bare_children(tmp_path) as found:
        yield found


def outcomes(events: list[Event]) -> list[str]:
    """Outcome of each phase; the reason of a crash."""
    return [event.reason if isinstance(event, Crashed) else _outcome(event) for event in events]


def _outcome(event: Event) -> str:
    return event.report["outcome"] if isinstance(event, Reported) else "warned"


def output(events: list[Event]) -> dict[str, str]:
    """Phase (or `crash`) → what was written to both streams in it."""
    texts = {}
    for event in events:
        if isinstance(event, Reported):
            texts[event.report["when"]] = event.out + event.err
        elif isinstance(event, Crashed):
            texts["crash"] = event.out + event.err
    return texts


def crash(events: list[Event]) -> Crashed:
    """The one crash among the events, which is the last of them."""
    assert isinstance(events[-1], Crashed)
    assert sum(isinstance(event, Crashed) for event in events) == 1
    return events[-1]


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def vanishes(pid: int, within_s: float = 5.0) -> bool:
    """Whether a process is gone within some seconds."""
    deadline = time.monotonic() + within_s
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)
