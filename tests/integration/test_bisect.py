"""Bisection: over real commits, builds and comparisons, and over made-up comparisons where those are quicker."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.bisecting import Bisection, Mark
from pytest_relaybench.errors import RelaybenchError
from tests.variants.fake_tvm import Repo, commit_change, make_repository

# as long as the commit's kernel says that it works, with the noise of a process and of its calls: that of a shared
# machine would decide how long this takes, and benchmarks/bisection.py is for the kernel itself
EXPERIMENT = """
from pytest_relaybench import ExperimentConfig

class Config(ExperimentConfig):
    budget_s: float = 0.2
    compare_budget_s: float = 900.0

def test_run(bench, tvm_variant):
    import numpy
    import tvm
    random = numpy.random.default_rng()
    bench.durations(list(tvm.work() * 1e-6 * random.lognormal(0, 0.004) * random.lognormal(0, 0.01, 30)))

def test_other(bench, tvm_variant):
    bench(sum, (1, 2))
"""
COMMITS, CULPRIT = 16, 11


def comparison(ratio: float, spread: float = 0.005) -> Mapping[str, Any]:
    """A comparison as the record has it."""
    kind = "slower" if ratio - spread > 1.01 else "same"
    return {"kind": kind, "ratio": ratio, "ci_low": ratio - spread, "ci_high": ratio + spread}


def make_home(root: Path, repo: Repo) -> None:
    """A home whose table has the repository, built with the tools that are here."""
    entry = {"kind": "git", "remote": repo.remote, "ref": "main", "build_isolation": False}
    folders = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
    for path, content in (
        (root / "config.json", {**folders, "variants": {"fake": entry}}),
        (root / "config" / "experiments" / "kernel" / "config.json", {"active": True}),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


@pytest.fixture
def history(tmp_path: Path) -> tuple[Repo, list[str]]:
    """A repository of sixteen commits, without builds."""
    repo = make_repository(tmp_path / "repo")
    return repo, [commit_change(repo, work=1000 + number) for number in range(16)]


def test_five_percent_among_sixteen_commits(tmp_path: Path) -> None:
    """The commit that made a kernel 5 % slower is found, with its evidence and the command that repeats it."""
    repo = make_repository(tmp_path / "repo")
    commits = [commit_change(repo, work=1000 if number < CULPRIT else 1050) for number in range(COMMITS)]
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "test_kernel.py").write_text(EXPERIMENT)
    (tmp_path / "pytest.ini").touch()
    make_home(tmp_path / "H", repo)
    question = ["kernel", "-k", "test_run", "--good", commits[0], "--bad", "main", "--remote", "fake", "--home", "H"]
    command = [sys.executable, "-m", "pytest_relaybench", "bisect", *question]
    first = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{commits[CULPRIT]} is the first bad commit" in first.stdout
    assert f"--compare git:fake@@{commits[0]}..git:fake@@{commits[CULPRIT]}" in first.stdout
    assert "work 1050" in first.stdout
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert f"{commits[CULPRIT]} is the first bad commit" in again.stdout


def counting(commits: list[str], culprit: int, broken: frozenset[int] = frozenset()) -> tuple[Callable[..., Any], list]:
    """Comparisons that know the truth, and the list of the commits that were asked for."""
    asked: list[str] = []

    def measure(commit: str) -> tuple[Mapping[str, Any] | None, str]:
        asked.append(commit)
        place = commits.index(commit)
        if place in broken:
            return None, "it does not build"
        return comparison(1.08 if place >= culprit else 1.0), "told"

    return measure, asked


def test_an_interrupted_bisection_measures_nothing_twice(history: tuple[Repo, list[str]], tmp_path: Path) -> None:
    """What was measured before Ctrl-C is used by the next run, which ends at the same commit."""
    repo, commits = history
    measure, asked = counting(commits, culprit=11)

    def interrupted(commit: str) -> Any:
        if len(asked) == 3:
            raise KeyboardInterrupt
        return measure(commit)

    with pytest.raises(KeyboardInterrupt):
        Bisection(repo.path, tmp_path / "state", commits[0], commits[-1]).run(interrupted, print)
    found = Bisection(repo.path, tmp_path / "state", commits[0], commits[-1]).run(measure, print)
    assert found.commits == (commits[11],)
    assert len(asked) == len(set(asked))


def test_what_does_not_build_is_skipped(history: tuple[Repo, list[str]], tmp_path: Path) -> None:
    """Broken commits away from the culprit do not matter."""
    repo, commits = history
    measure, _ = counting(commits, culprit=4, broken=frozenset({7, 8, 9}))
    found = Bisection(repo.path, tmp_path / "state", commits[0], commits[-1]).run(measure, print)
    assert found.commits == (commits[4],)
    assert {step.mark for step in found.steps} == {Mark.GOOD, Mark.BAD, Mark.SKIP}


def test_a_culprit_among_broken_commits_is_one_of_several(history: tuple[Repo, list[str]], tmp_path: Path) -> None:
    """Where nothing could be measured around the culprit, all that it can be are named."""
    repo, commits = history
    measure, _ = counting(commits, culprit=8, broken=frozenset({7, 8, 9}))
    found = Bisection(repo.path, tmp_path / "state", commits[0], commits[-1]).run(measure, print)
    assert set(found.commits) == set(commits[7:11])


def test_nothing_to_find_is_said(history: tuple[Repo, list[str]], tmp_path: Path) -> None:
    """A bad commit that is not slower than the good one ends at once; so does one that cannot be measured."""
    repo, commits = history
    bisection = Bisection(repo.path, tmp_path / "state", commits[0], commits[-1])
    with pytest.raises(RelaybenchError, match="is not slower than"):
        bisection.run(lambda _: (comparison(1.001), "no change"), print)
    with pytest.raises(RelaybenchError, match="cannot be measured: no compiler"):
        bisection.run(lambda _: (None, "no compiler"), print)


def test_a_smaller_change_on_the_way_is_not_the_culprit(history: tuple[Repo, list[str]], tmp_path: Path) -> None:
    """A step of 2 % before one of 8 % is on the good side of the middle."""
    repo, commits = history

    def measure(commit: str) -> tuple[Mapping[str, Any], str]:
        place = commits.index(commit)
        return comparison(1.0 if place < 3 else 1.02 if place < 12 else 1.10), "told"

    found = Bisection(repo.path, tmp_path / "state", commits[0], commits[-1]).run(measure, print)
    assert found.commits == (commits[12],)


def test_several_tests_are_no_case(tmp_path: Path) -> None:
    """A choice of two tests is refused with the words to mend it."""
    repo = make_repository(tmp_path / "repo")
    good = commit_change(repo)
    commit_change(repo, work=1001)
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "test_kernel.py").write_text(EXPERIMENT.replace("0.2", "0.01").replace("900.0", "0.1"))
    (tmp_path / "pytest.ini").touch()
    make_home(tmp_path / "H", repo)
    question = ["kernel", "--good", good, "--bad", "main", "--remote", "fake", "--home", "H"]
    command = [sys.executable, "-m", "pytest_relaybench", "bisect", *question]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "chooses 2 tests: choose one of them" in result.stderr
