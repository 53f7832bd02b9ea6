"""A test that takes too much memory fails alone, and what ended it is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_relaybench.isolation import memory_kills
from pytest_relaybench.isolation.memory_kills import why_killed

from .bare import Bare
from .conftest import Children, crash, outcomes

MIB = 1 << 20
PASSED = ["passed"] * 3


def test_limit_holds_from_the_start(bare: Bare) -> None:
    """What asks for more than the limit gets a MemoryError, in programs that it starts as well; the next one passes."""
    launch = bare.launch(
        """
import subprocess, sys
def too_much(): bytearray(300 << 20)
def elsewhere(): subprocess.run([sys.executable, "-c", "bytearray(300 << 20)"], check=True, stderr=-3)
def enough(): bytearray(20 << 20)
""",
        memory_limit_bytes=256 * MIB,
    )
    too_much, elsewhere, enough = bare.run(launch, "too_much", "elsewhere", "enough")
    assert outcomes(too_much) == outcomes(elsewhere) == ["passed", "failed", "passed"]
    assert outcomes(enough) == PASSED


def test_limit_that_is_there_already() -> None:
    """Only root may raise it, so the lower one holds."""
    code = f"""
import resource
from pytest_relaybench.isolation.limits import limit_memory
resource.setrlimit(resource.RLIMIT_AS, ({512 * MIB}, {512 * MIB}))
limit_memory({1024 * MIB})
print(resource.getrlimit(resource.RLIMIT_AS)[0], end=" ")
limit_memory({256 * MIB})
print(resource.getrlimit(resource.RLIMIT_AS)[0])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert [int(limit) // MIB for limit in told.split()] == [512, 256]


def test_limit_that_is_too_low_to_start_with(children: Children) -> None:
    """One line names it, instead of a package's page of advice on its installation."""
    (events,) = children.run(children.launch("def test_it(): pass\n", memory_limit_bytes=64 * MIB), "test_it")
    assert "before it had collected" in crash(events).reason
    (line,) = crash(events).err.splitlines()
    assert line.startswith("it cannot start with memory_limit_mb = 64: ")


def test_limit_of_an_experiment(children: Children) -> None:
    """The child's pytest runs within the limit, and tells who needed more."""
    launch = children.launch(
        "def test_big(): bytearray(4 << 30)\ndef test_small(): pass\n", memory_limit_bytes=2048 * MIB
    )
    big, small = children.run(launch, "test_big", "test_small")
    assert outcomes(big) == ["passed", "failed", "passed"]
    assert outcomes(small) == PASSED


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [((), (), "?"), ((0, 3), (0, 3), "sent by a process"), ((0, 3), (1, 4), "out of memory)"), ((1,), (1, 2), "?")],
)
def test_why_it_was_killed(before: tuple[int, ...], after: tuple[int, ...], told: str) -> None:
    """The kernel counts what it ends for memory; where it does not say, neither do we."""
    assert told in why_killed(before, after)


def test_counts_of_both_kinds_of_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1 has a tree for memory, version 2 one for all; files that are not there count nothing."""
    monkeypatch.setattr(memory_kills, "CGROUPS", tmp_path)
    monkeypatch.setattr(memory_kills, "OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(memory_kills, "WHOLE_MACHINE", tmp_path / "vmstat")
    assert memory_kills.memory_kills() == ()
    (tmp_path / "own").write_text("4:memory:/a\n3:cpu,cpuacct:/\n0::/b/c\n")
    (tmp_path / "vmstat").write_text("nr_free_pages 7\noom_kill 5\n")
    for folder, name, text in [
        ("memory/a", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
        ("b/c", "memory.events", "low 0\noom 9\noom_kill 3\noom_group_kill 0\n"),
    ]:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_text(text)
    assert memory_kills.memory_kills() == (2, 3, 5)
