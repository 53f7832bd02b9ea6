"""Ctrl-C, a killed parent, a stopped run: what was measured stays, and no process is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ..conftest import Project

SLOW = """
import time
from pathlib import Path

def test_first(bench):
    bench(sum, (1, 2))

def test_second(bench):
    Path("started").touch()
    time.sleep(600)

def test_third(bench):
    bench(sum, (1, 2))
"""


def start_night(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """A night in a process of its own, in the middle of what makes a file `started`."""
    command = [sys.executable, "-m", "pytest", "bench", "--home", "H", *arguments]
    night = subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until((project.root / "started").exists)
    return night


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended, reaped or not."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_a_night_politely_keeps_what_was_measured(project: Project, how: signal.Signals) -> None:
    """Ctrl-C or a service manager: exit status 2, finished tests in an incomplete record, no child left, home free.

    The closing words say how the night is finished, and so it is.
    """
    project.experiment("slow", SLOW)
    night = start_night(project)
    children = psutil.Process(night.pid).children(recursive=True)
    assert children
    night.send_signal(how)
    output, _ = night.communicate(timeout=60)
    assert night.returncode == pytest.ExitCode.INTERRUPTED, output
    wait_until(lambda: all(map(is_gone, children)))
    (record,) = project.records("slow")
    assert not record.complete
    assert {entry.test for entry in record.measurements} == {"test_first"}
    assert "stopped after 1 of 3 tests" in project.status("slow")["run"]["message"]
    assert "note: --resume finishes this run" in output
    project.experiment("slow", "def test_first(bench):\n    bench(sum, (1, 2))\n")
    assert project.night("--resume").ret == 0
    (finished,) = project.records("slow")
    assert (finished.run_id, finished.complete) == (record.run_id, True)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_a_night_during_a_subsystem(project: Project, how: signal.Signals) -> None:
    """Exit status 2 and the closing table; every subsystem has a status; nothing is left for the next night to mend."""
    project.experiment("tiny")
    (project.root / "more").mkdir()
    slow = "import time, pathlib\ndef run(*_):\n    pathlib.Path('started').touch()\n    time.sleep(600)\n"
    for name, priority, code in (("early", 2, "def run(*_): pass\n"), ("slow", 1, slow), ("late", 0, slow)):
        (project.root / "more" / f"{name}.py").write_text(code)
        path = project.home().subsys_config_file(name)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"active": True, "priority": priority}))
    night = start_night(project, "--subsystems", "more")
    children = psutil.Process(night.pid).children(recursive=True)
    assert children
    night.send_signal(how)
    output, _ = night.communicate(timeout=60)
    assert night.returncode == pytest.ExitCode.INTERRUPTED, output
    assert "Traceback" not in output
    assert "note: interrupted in subsystem slow, 1 left" in output
    assert "subsystem late failed: not run: interrupted in subsystem slow" in output
    wait_until(lambda: all(map(is_gone, children)))
    (told,) = (project.home_folder / "results" / "runs").glob("*/run.json")
    run = json.loads(told.read_text())
    assert (run["complete"], run["exit_status"]) == (False, 2)
    assert {name: status["success"] for name, status in run["subsystems"].items()} == {
        "early": True, "slow": False, "late": False
    }  # fmt: skip
    assert project.journal()[-1]["kind"] == "end"
    (record,) = project.records("tiny")
    assert record.complete
    for name in ("slow", "late"):
        (project.root / "more" / f"{name}.py").write_text("def run(*_): pass\n")
    result = project.night("--subsystems", "more")
    assert result.ret == 0
    assert not [line for line in result.outlines if "did not finish" in line]


def test_a_killed_run_is_recovered_by_the_next(project: Project) -> None:
    """SIGKILL to the parent: children die with it, and the next run makes the record and says so."""
    project.experiment("slow", SLOW)
    night = start_night(project)
    children = psutil.Process(night.pid).children(recursive=True)
    night.kill()
    night.wait()
    wait_until(lambda: all(map(is_gone, children)))
    assert project.records("slow") == []
    project.experiment("slow", "def test_first(bench):\n    bench(sum, (1, 2))\n")
    result = project.night()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*did not finish; results of 1 test*recovered*"])
    killed, finished = project.records("slow")
    assert (killed.complete, finished.complete) == (False, True)
    assert {entry.test for entry in killed.measurements} == {"test_first"}
    assert not [line for line in project.night().outlines if "did not finish" in line]


def test_stopping_at_the_first_failure(project: Project) -> None:
    """`-x` ends the night early: the experiment says so, and later ones have no run."""
    project.home(randomize=False)
    project.experiment("a", "def test_no(bench):\n    assert False\n\ndef test_never(bench):\n    pass\n")
    project.experiment("b")
    assert project.night("-x").ret == 1
    assert "1 of 1 test failed" in project.status("a")["run"]["message"]
    assert set(project.status("b")) == {"precheck"}


def test_an_empty_environment_is_enough(project: Project, tmp_path: Path) -> None:
    """As cron starts it: nothing but PATH in the environment."""
    project.experiment("tiny")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "bench", "--home", "H"],
        cwd=project.root,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert project.status("tiny")["summary"]["success"]


def test_a_hung_test_is_killed_and_the_others_run(project: Project) -> None:
    """`timeout_s` ends a hang, with its stack in the report; the next test has a fresh child."""
    project.experiment("slow", SLOW, timeout_s=3)
    result = project.night()
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["the test hung: killed after timeout_s = 3 s", "*test_slow.py*line 10 in test_second*"]
    )
    (record,) = project.records("slow")
    assert {entry.test for entry in record.measurements} == {"test_first", "test_third"}


def test_a_killed_run_leaves_no_grandchild(project: Project) -> None:
    """SIGKILL to the parent: what its tests have started ends too, or it would load the next night's machine."""
    project.experiment(
        "starter",
        """
import subprocess
import time
from pathlib import Path

def test_start(bench):
    helper = subprocess.Popen(["sleep", "600"])
    Path("pid").write_text(str(helper.pid))
    Path("started").touch()
    time.sleep(600)
""",
    )
    night = start_night(project)
    grandchild = psutil.Process(int((project.root / "pid").read_text()))
    night.kill()
    night.wait()
    wait_until(lambda: is_gone(grandchild))
