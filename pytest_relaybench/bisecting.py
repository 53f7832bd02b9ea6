"""Which commit made a test slower: git bisect, with a side-by-side comparison at every step."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from git import Repo
from git.exc import GitCommandError

from .errors import RelaybenchError
from .files import append_line

STEPS = "steps.jsonl"
FIRST_BAD = " is the first bad commit"
SLOWER = "slower"
ATTEMPTS = 2  # at a commit that is neither good nor bad
UNDECIDED = "The first bad commit could be any of:"

# what a comparison of a commit with the good one says, None when it could not be measured; the text tells why
Measure = Callable[[str], tuple[Mapping[str, Any] | None, str]]


class Mark(StrEnum):
    """What git bisect is told of a commit."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"


@dataclass(frozen=True)
class Step:
    """One commit tried: its mark, and the comparison or the reason that led to it."""

    commit: str
    mark: Mark
    reason: str
    comparison: Mapping[str, Any] | None


@dataclass(frozen=True)
class Found:
    """The end of a bisection: one commit, or several between which nothing could be measured; and all steps."""

    commits: tuple[str, ...]
    steps: tuple[Step, ...]


class Bisection:
    """A bisection between two commits of the repository at `source`; its state in `folder` outlives interruption.

    A commit is bad when its ratio to the good one is above the middle (in logarithms) between 1 and the bad one's, and
    it is slower beyond doubt; good when below, and the bad one's ratio is out of its interval. What is neither is
    measured once more; then, and when it cannot be built or measured, it is skipped.
    """

    def __init__(self, source: Path, folder: Path, good: str, bad: str) -> None:
        self._folder = folder
        self._good, self._bad = good, bad
        self._git = self._open(source).git

    def _open(self, source: Path) -> Repo:
        """A copy of its own, sharing the objects: a bisection's state must not be in the mirror that builds use."""
        path = self._folder / "repository"
        if not path.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            beside = self._folder / "repository.tmp"
            shutil.rmtree(beside, ignore_errors=True)
            Repo.clone_from(str(source), str(beside), bare=True, shared=True).close()
            beside.rename(path)
        return Repo(path)

    def steps(self) -> list[Step]:
        """What has been tried so far, in this run and in ones that were interrupted."""
        path = self._folder / STEPS
        lines = path.read_text().splitlines() if path.is_file() else []
        return [Step(**{**entry, "mark": Mark(entry["mark"])}) for entry in map(json.loads, lines)]

    def run(self, measure: Measure, note: Callable[[str], None]) -> Found:
        """Bisect to the end; raises RelaybenchError when the bad commit is not clearly slower than the good one."""
        bad_ratio = self._bad_ratio(measure, note)
        said = self._begin()
        while True:
            commits = _ended(said)
            if commits:
                return Found(commits, tuple(self.steps()))
            commit = str(self._git.rev_parse("BISECT_HEAD"))
            step = next((step for step in self.steps() if step.commit == commit), None)
            said = self._tell(step or self._try(commit, bad_ratio, measure, note))

    def _bad_ratio(self, measure: Measure, note: Callable[[str], None]) -> float:
        """The ratio of the bad commit to the good one."""
        step = next((step for step in self.steps() if step.commit == self._bad), None)
        if step is None:
            note(f"{self._bad[:12]} (bad) against {self._good[:12]} (good)")
            comparison, reason = measure(self._bad)
            step = self._keep(Step(self._bad, Mark.BAD, reason, comparison))
        if step.comparison is None:
            raise RelaybenchError(f"the bad commit {self._bad[:12]} cannot be measured: {step.reason}")
        if step.comparison["kind"] != SLOWER:
            (self._folder / STEPS).unlink()
            raise RelaybenchError(f"{self._bad[:12]} is not slower than {self._good[:12]}: {step.reason}")
        return float(step.comparison["ratio"])

    def _begin(self) -> str:
        """Start git's part anew: what was tried before is taken from the steps, so nothing is measured twice."""
        self._git.update_ref("--no-deref", "HEAD", self._good)  # git bisect wants one that exists
        self._git.bisect("reset")
        return self._bisect("start", "--no-checkout", self._bad, self._good)

    def _bisect(self, *words: str) -> str:
        """What git says; an error is its way to say that only skipped commits are left, and else is one."""
        try:
            return str(self._git.bisect(*words))
        except GitCommandError as error:
            said = f"{error.stdout}\n{error.stderr}"
            if not _ended(said):
                lines = [
                    line.strip(" \n'") for line in said.replace("stdout: '", "").replace("stderr: '", "").splitlines()
                ]
                raise RelaybenchError(f"git bisect: {next(filter(None, lines), 'no reason told')}") from None
            return said

    def _try(self, commit: str, bad_ratio: float, measure: Measure, note: Callable[[str], None]) -> Step:
        note(f"{commit[:12]} against {self._good[:12]} (good)")
        for _ in range(ATTEMPTS):
            comparison, reason = measure(commit)
            mark = _mark(comparison, bad_ratio)
            if mark is not Mark.SKIP or comparison is None:
                break
        note(f"{commit[:12]}: {mark}, {reason}")
        return self._keep(Step(commit, mark, reason, comparison))

    def _keep(self, step: Step) -> Step:
        append_line(self._folder / STEPS, asdict(step))
        return step

    def _tell(self, step: Step) -> str:
        return self._bisect(step.mark.value, step.commit)


def _mark(comparison: Mapping[str, Any] | None, bad_ratio: float) -> Mark:
    """Good or bad by the nearer end, where the interval leaves out the other one."""
    if comparison is None or comparison["ci_low"] is None or comparison["ci_high"] is None:
        return Mark.SKIP
    if comparison["ratio"] > math.sqrt(bad_ratio):
        return Mark.BAD if comparison["kind"] == SLOWER else Mark.SKIP
    return Mark.GOOD if comparison["ci_high"] < bad_ratio else Mark.SKIP


def _ended(said: str) -> tuple[str, ...]:
    """The commits that git ends with, none while it goes on."""
    lines = [line.strip().strip("'") for line in said.splitlines()]
    for number, line in enumerate(lines):
        if line.endswith(FIRST_BAD):
            return (line.removesuffix(FIRST_BAD).split()[-1],)
        if line.endswith(UNDECIDED):
            rest = lines[number + 1 :]
            return tuple(word for word in rest if len(word) == 40 and set(word) <= set("0123456789abcdef"))
    return ()
