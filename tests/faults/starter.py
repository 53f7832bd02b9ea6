"""A process that takes a home as a night does, in a tenth of a second, and nights that are nearly as quick."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .project import CHECKOUT, PATIENCE_S, Project, make_project

# takes the home as a night does, says so, and holds it until the time is over or the file `done` is there
STARTER = """
import sys, time
from pathlib import Path
from pytest_relaybench.errors import HomeError
from pytest_relaybench.lock import HomeLock
from pytest_relaybench.times import run_id_of, utc_now
root, wait_s, held_s = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
if len(sys.argv) > 4:
    print("ready", flush=True)
while len(sys.argv) > 4 and not Path(sys.argv[4]).exists():
    time.sleep(0.001)
lock = HomeLock(root)
try:
    lock.acquire(wait_s=wait_s, tell=lambda line: print(line, flush=True))
except HomeError as error:
    sys.exit(f"refused: {error}")
run_id = run_id_of(utc_now())
lock.name_run(run_id)
with (root / "log").open("a") as log:
    print("begin", run_id, file=log, flush=True)
    print("held", run_id, flush=True)
    over = time.monotonic() + held_s
    while time.monotonic() < over and not (root / "done").exists():
        time.sleep(0.01)
    print("end", run_id, file=log, flush=True)
lock.release()
"""
NO_PICTURE = "\n\ndef visualize(*_):\n    pass  # a picture would cost more than all the rest\n"


def starter(root: Path, *, wait_s: float = 0.0, held_s: float = 60.0, at: Path | None = None) -> subprocess.Popen[str]:
    """A process that takes the home for some seconds, at once or when the file `at` is there."""
    arguments = [str(root), str(wait_s), str(held_s), *([str(at)] if at else [])]
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def held(process: subprocess.Popen[str]) -> str:
    """Wait until the process holds the home; its run."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("held "), line
    return line.split()[1]


def ended(process: subprocess.Popen[str]) -> str:
    """What a process has said, which is over."""
    return process.communicate(timeout=PATIENCE_S)[0]


def kill(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.kill()
        process.communicate()


def small(folder: Path) -> Project:
    """A project whose night measures one test and draws nothing."""
    project = make_project(folder, experiments=1, tests=1, pause_s=1.0)
    module = folder / "bench" / "test_night_0.py"
    module.write_text(module.read_text() + NO_PICTURE)
    return project
