"""However a session ends, it leaves no process behind and loses no finished result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Project
from .conftest import is_alive, vanishes

WAITS = """
import os, subprocess, time
from pathlib import Path

def test_done(bench):
    bench.record("x", 1, unit="1")

def test_waits(bench):
    helper = subprocess.Popen(["sleep", "600"])
    Path("pids.tmp").write_text(f"{os.getpid()} {helper.pid}")
    os.rename("pids.tmp", "pids")
    time.sleep(600)

def test_never(bench):
    bench.record("x", 1, unit="1")
"""


def started(project: Project, *arguments: str) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A session that is in the middle of its second test, and the processes of that test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "bench", "--home", str(project.home_folder), *arguments],
        cwd=project.root,
        stdout=(project.root / "log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    path, deadline = project.root / "pids", time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, (project.root / "log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process, [int(pid) for pid in path.read_text().split()]


def ended(project: Project, how: Callable[[subprocess.Popen[bytes]], None]) -> tuple[int, list[int], str]:
    """Exit status, processes of the test and printed text of a session that is ended in a test."""
    project.experiment("waits", WAITS)
    process, pids = started(project)
    try:
        assert all(map(is_alive, pids))
        how(process)
        return process.wait(30), pids, (project.root / "log").read_text()
    finally:
        process.kill()
        process.wait()
        for pid in filter(is_alive, pids[1:]):
            os.kill(pid, signal.SIGKILL)


def test_interrupt_keeps_what_is_done(project: Project) -> None:
    """Ctrl-C ends the session with status 2 and its children at once; the journal has the finished test."""
    began = time.monotonic()
    status, pids, text = ended(project, lambda process: process.send_signal(signal.SIGINT))
    assert status == pytest.ExitCode.INTERRUPTED, text
    assert all(map(vanishes, pids))
    assert [entry["nodeid"] for entry in project.journal() if entry["kind"] == "test"] == [
        "bench/test_waits.py::test_done"
    ]
    (record,) = project.records("waits")
    assert not record.complete
    assert {(entry.test, entry.metric) for entry in record.measurements} == {
        ("test_done", "x"),
        ("test_done", "peak_memory"),
    }
    assert "KeyboardInterrupt" in text
    assert time.monotonic() - began < 30


def test_killed_parent_leaves_no_child(project: Project) -> None:
    """When the session is killed the kernel ends its child within seconds; the finished test is in the journal."""
    _, (child, _), _ = ended(project, lambda process: process.kill())
    assert vanishes(child)
    assert [entry["kind"] for entry in project.journal()] == ["begin", "experiment", "test"]


def test_interrupt_after_the_experiment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-x` in the middle of an experiment lets the child tear down and leave."""
    code = """
import os
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def shared():
    yield Path("pid").write_text(str(os.getpid()))
    Path("torn-down").touch()

def test_a(bench, shared): assert False
def test_b(bench, shared): pass
"""
    project.experiment("stops", code)
    result = project.night("-x")
    result.assert_outcomes(passed=1, failed=1)  # the precheck is an item too
    assert (project.root / "torn-down").exists()
    assert vanishes(int((project.root / "pid").read_text()))


def test_no_child_folders_are_left(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The files with a child's output go with it, also after a crash."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    project.experiment("mixed", "import os\ndef test_a(bench): os._exit(1)\ndef test_b(bench): pass\n")
    project.night()
    assert list(folder.glob("relaybench-child-*")) == []
