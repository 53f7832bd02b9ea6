"""Builds that are killed, raced for, or left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Workshop, ask
from .fake_tvm import commit_change

PATIENCE_S = 60.0
# the build waits in the middle, as a long one would, until the gate is there
WAITING = """
if(NOT EXISTS "${GATE}")
  execute_process(COMMAND sh -c "echo $$ > '${GATE}.pid'; exec sleep 600")
endif()
"""
NIGHT = """
import sys
from pathlib import Path
from pytest_relaybench.variants.provision import Provisioner
from pytest_relaybench.variants.spec import Git
folder, remote, gate = sys.argv[1:]
night = Provisioner(Path(folder), build=True, jobs=2, keep=9, note=lambda text: print(text, flush=True))
print(night.provide(Git(remote, "main", {"GATE": gate}, build_isolation=False)).pythonpath[0], flush=True)
"""


@pytest.fixture
def gate(tmp_path: Path, workshop: Workshop) -> Path:
    """Builds of the workshop's repository wait until this file is there."""
    project = workshop.repo.path / "CMakeLists.txt"
    workshop.repo.write({"CMakeLists.txt": project.read_text() + WAITING})
    workshop.repo.commit("wait for the gate")
    return tmp_path / "gate"


def night(workshop: Workshop, gate: Path) -> subprocess.Popen[str]:
    """A process that provides the branch."""
    command = [sys.executable, "-c", NIGHT, str(workshop.folder), workshop.repo.remote, str(gate)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def running(pid_file: Path) -> bool:
    """Whether the build's waiting program still runs."""
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


def begin(workshop: Workshop, gate: Path) -> tuple[subprocess.Popen[str], Path]:
    """A night in the middle of its build, and the file that names the build's own process."""
    process, pid_file = night(workshop, gate), gate.with_suffix(".pid")
    wait_for(lambda: pid_file.is_file() and pid_file.read_text().strip())
    return process, pid_file


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_build_is_built_by_the_next_night(workshop, gate, number):
    """Nothing of a killed night is used: its compilers end with it, and the next one builds from the start."""
    process, pid_file = begin(workshop, gate)
    process.send_signal(number)
    told, _ = process.communicate(timeout=PATIENCE_S)
    assert told.startswith("building")
    wait_for(lambda: not running(pid_file))
    assert [name for name in workshop.entries() if not name.startswith(".")] == []
    gate.touch()
    provided = workshop.provide(cmake={"GATE": str(gate)})
    assert ask(provided)["work"] == 1000
    assert workshop.builds == 1
    assert workshop.entries() == [provided.variant.path.parents[2].name]


def test_killed_build_of_a_branch_that_moved(workshop, gate):
    """After a kill the moved branch is built as what it is now, never what was begun; pruning clears the rest away."""
    process, _ = begin(workshop, gate)
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    sha = commit_change(workshop.repo, work=11)
    gate.touch()
    provisioner = workshop.provisioner()
    provided = provisioner.provide(workshop.git(cmake={"GATE": str(gate)}))
    assert (provided.variant.commit, ask(provided)["work"]) == (sha, 11)
    assert len(workshop.entries()) == 2
    assert provisioner.prune() == []
    assert workshop.entries() == [provided.variant.path.parents[2].name]


def test_two_nights_at_once_build_once(workshop, gate):
    """Who comes while another builds waits, and gets the same build."""
    first, _ = begin(workshop, gate)
    second = night(workshop, gate)
    time.sleep(1)  # for the second one to come to the lock; were it slower, it would find the build ready
    gate.touch()
    os.kill(int(gate.with_suffix(".pid").read_text()), signal.SIGTERM)
    told = [process.communicate(timeout=PATIENCE_S)[0].splitlines() for process in (first, second)]
    assert [len(lines) for lines in told] == [2, 1]
    assert told[0][-1] == told[1][-1]


def test_waiting_night_builds_when_the_other_is_killed(workshop, gate):
    """Who waits for a night that is killed builds in its place."""
    first, _ = begin(workshop, gate)
    second = night(workshop, gate)
    time.sleep(1)
    gate.touch()
    first.kill()
    first.communicate(timeout=PATIENCE_S)
    told, _ = second.communicate(timeout=PATIENCE_S)
    assert told.startswith("building")
    assert second.returncode == 0
