"""How a night is killed: whom the signal meets, and when; and which of its processes are still there."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import psutil

from .points import INJECTION, Point
from .project import PATIENCE_S, Project

POLL_S = 0.002
ORPHAN_WAIT_S = 5.0
MARK = "KILLED_IN"  # in the environment of every process of a try
LONGEST_STEP_S = 0.15  # between two lines of the journal
LONGEST_END_S = 0.8  # from the last test to the end

Kill = Callable[["Running"], None]


class Running:
    """A night under way, its output in a file, so that nothing waits for whoever outlives it."""

    def __init__(self, project: Project, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self.project = project
        self._output = project.root / "output"
        marked = {MARK: str(project.root), "TMPDIR": str(_made(project.root / "tmp")), **(env or {})}
        with self._output.open("wb") as file:
            self.process = project.start(*arguments, env=marked, stdout=file)

    def end(self) -> tuple[int, str]:
        """Wait for its end; its exit status and output."""
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, self._output.read_text(errors="replace")

    def wait_until(self, condition: Callable[[], bool]) -> bool:
        """Wait for something that it does; False when it has ended first."""
        while not condition():
            if self.process.poll() is not None:
                return False
            time.sleep(POLL_S)
        return True

    def lines(self) -> int:
        """How many lines the journals of its home have."""
        journals = self.project.home_folder.glob("results/runs/*/journal.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in journals)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def night(project: Project, *arguments: str) -> tuple[int, str]:
    """A night that nobody kills."""
    return Running(project, *arguments).end()


def kill_parent(running: Running) -> None:
    """The session itself."""
    running.process.kill()


def kill_all(running: Running) -> None:
    """Every process of the night, as the end of a control group does."""
    for pid in processes_of(running.project):
        _kill(pid)


def kill_child(running: Running, random: Random) -> str:
    """One process that the night has started, whichever; how it was started, "" when the night ended first."""
    children: list[psutil.Process] = []

    def has_children() -> bool:
        try:
            children[:] = psutil.Process(running.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return False
        return bool(children)

    while running.wait_until(has_children):
        chosen = random.choice(children)
        try:
            told = " ".join(chosen.cmdline())
            chosen.kill()
        except psutil.NoSuchProcess:
            continue
        return told or "a process that had no name yet"
    return ""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def processes_of(project: Project) -> list[int]:
    """Every process that was started for this try and lives."""
    mark = f"{MARK}={project.root}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def orphans(project: Project) -> list[str]:
    """The processes that outlive a killed night, once they had time to notice."""
    deadline = time.monotonic() + ORPHAN_WAIT_S
    while (left := processes_of(project)) and time.monotonic() < deadline:
        time.sleep(5 * POLL_S)
    told = [f"{pid} {Path(f'/proc/{pid}/cmdline').read_bytes().decode(errors='replace')}" for pid in left]
    for pid in left:
        _kill(pid)
    return told


def wait_for_a_moment(running: Running, random: Random, lines: int) -> bool:
    """Wait until some moment of a night that writes so many lines into its journal; False when it has ended first.

    Moments are drawn by what the night has done, not by the clock: a loaded machine is killed as evenly as a fast one.
    """
    before = random.randint(0, lines)
    has_begun = running.project.home_folder / ".lock.json"
    start = running.lines()
    if not running.wait_until(has_begun.exists) or not running.wait_until(lambda: running.lines() >= start + before):
        return False
    time.sleep(random.uniform(0, LONGEST_END_S if before >= lines - 1 else LONGEST_STEP_S))
    return running.process.poll() is None


def killed_at_random(project: Project, random: Random, kill: Kill, lines: int, *arguments: str) -> str:
    """Start nights until one is killed before its end; its output. One that is resumed and ends is so no more."""
    for words in (arguments, *[_new(arguments)] * 5):
        running = Running(project, *words)
        if wait_for_a_moment(running, random, lines):
            kill(running)
        status, output = running.end()
        if status == -signal.SIGKILL:
            return output
    raise AssertionError("no night lived until its kill")


def killed_at(project: Project, point: Point, random: Random, *arguments: str) -> tuple[int, str]:
    """A night with a kill at the point; its exit status and output.

    One that is resumed may not come there as often, or at all: then a new one is killed when it does for the first
    time. Fails when that does not either.
    """
    fired = project.root / f"fired-{random.getrandbits(32):08x}"
    paths = os.pathsep.join([str(INJECTION), project.environment()["PYTHONPATH"]])
    told: tuple[int, str] = (0, "")
    for drawn, words in ((point.drawn(random), arguments), (point, _new(arguments))):
        environment = {**drawn.environment(fired, random), "PYTHONPATH": paths}
        told = Running(project, *words, env=environment).end()
        if fired.exists():
            return told
    raise AssertionError(f"never came there: {point}\n{told[1]}")


def _new(arguments: Sequence[str]) -> list[str]:
    return [word for word in arguments if word != "--resume"]
