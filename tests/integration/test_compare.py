"""Two TVM builds side by side: fresh processes in turn, a verdict, and the same care when something goes wrong."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench import open_history
from pytest_relaybench.history.records import read_record
from pytest_relaybench.home import Home
from pytest_relaybench.raw_samples import read_raw
from tests.conftest import TINY, Project
from tests.variants.fake_tvm import USUAL_WORK

from .conftest import EXACT, KERNEL, SLOWER_WORK, Remote, noted

ABBA = ["git:main", "git:slow", "git:slow", "git:main"]
SOON = {"compare_budget_s": 0.01}  # one pair of processes
WITHOUT_TIME = f"""{KERNEL}
def test_asserts(tvm_variant):
    import tvm
    note("asserts", tvm_variant)
    assert tvm.work() < 1100, "too much work"

def test_records(bench, tvm_variant):
    note("records", tvm_variant)
    bench.record("steps", 1, unit="1", direction="neutral")
"""
BOTH_KINDS = f"""{KERNEL}
def test_kernel(bench, tvm_variant):
    import tvm
    note("kernel", tvm_variant)
    bench.durations([tvm.work() * 1e-6] * 3)
    bench.record("steps", tvm.work(), unit="1", direction="neutral")

def test_plain(bench):
    note("plain", None)
    bench(len, "x")
"""
FAILS_ON_CANDIDATE = f"""{KERNEL}
import ctypes

def test_wrong(bench, tvm_variant):
    import tvm
    note("wrong", tvm_variant)
    assert tvm.work() == {USUAL_WORK}, "a wrong result"
    bench(len, "x")

def test_dies(bench, tvm_variant):
    import tvm
    note("dies", tvm_variant)
    if tvm.work() != {USUAL_WORK}:
        ctypes.string_at(0)
    bench(len, "x")

def test_skips(bench, tvm_variant):
    import tvm
    if tvm.work() != {USUAL_WORK}:
        pytest.skip("not on this one")
    bench(len, "x")
"""


def comparison(project: Project, name: str) -> dict[str, Any]:
    """The one comparison in the newest record of an experiment."""
    (found,) = project.records(name)[-1].extra["comparisons"]
    return dict(found)


def files_of(folder: Path, *, without: Path) -> dict[str, str]:
    """The files below a folder with digests of what they hold, those below another one left out."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(without))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_slower_kernel(project: Project, remote: Remote) -> None:
    """A kernel that does 20 % more is `slower`, by a comparison of its own in the record, and on the terminal.

    Each process is fresh and begins after the one before has ended, in the order A B B A, five or more a side.
    """
    remote.home(project)
    project.experiment("kernel", EXACT, compare=["git:main", "git:slow"], compare_budget_s=40)
    result = project.night()
    assert result.ret == 0
    ran = noted(project, "kernel")
    assert len({entry["pid"] for entry in ran}) == len(ran) >= 10
    assert [entry["label"] for entry in ran] == (ABBA * len(ran))[: len(ran)]
    assert all(first["time"] < second["time"] for first, second in pairwise(ran))
    assert all(entry["work"] == {"git:main": USUAL_WORK, "git:slow": SLOWER_WORK}[entry["label"]] for entry in ran)

    told = comparison(project, "kernel")
    assert (told["test"], told["params"], told["metric"]) == ("test_exact", {}, "time")
    assert (told["base"], told["base_hash"]) == ("git:main", remote.hash_of("main"))
    assert (told["candidate"], told["candidate_hash"]) == ("git:slow", remote.hash_of("slow"))
    assert told["kind"] == "slower"
    assert 1.01 < told["ci_low"] < told["ratio"] < told["ci_high"]
    assert told["n_base"] == told["n_candidate"] == len(ran) // 2
    assert 0 < told["spent_s"] <= project.records("kernel")[0].duration_s
    result.stdout.fnmatch_lines(
        [
            f"git:slow ({remote.hash_of('slow')[:10]}) against git:main ({remote.hash_of('main')[:10]}):",
            "side by side *change *interval *verdict *processes *took",
            f"test_exact *+*% *+*% to *+*% *slower *{told['n_base']} + {told['n_candidate']} *s",
        ]
    )


def test_both_sides_are_measurements(project: Project, remote: Remote) -> None:
    """Record, table and raw samples have every metric of both builds, over all processes; other tests run as ever."""
    remote.home(project)
    project.experiment("both", BOTH_KINDS, compare=["git:main", "git:slow"])
    assert project.night().ret == 0
    assert comparison(project, "both")["kind"] == "slower"
    assert comparison(project, "both")["ratio"] == pytest.approx(1.2)
    measured = project.records("both")[0].measurements
    counts = {
        (entry.variant, entry.tvm_hash, entry.metric): entry.stats.n
        for entry in measured
        if entry.test == "test_kernel" and entry.metric in {"time", "steps", "peak_memory"}
    }
    sides = {"git:main": remote.hash_of("main"), "git:slow": remote.hash_of("slow")}
    # which `--resume` goes by
    compared = {e["test"]: e["compared"] for e in project.journal() if e["kind"] == "test"}
    assert compared == {"test_kernel": list(sides.values()), "test_plain": []}
    of_metric = {"time": 15, "steps": 5, "peak_memory": 5}
    assert counts == {(*side, name): n for side in sides.items() for name, n in of_metric.items()}
    steps = open_history(project.home_folder).query("metric == 'steps'")
    assert dict(zip(steps["variant"], steps["median"], strict=True)) == {"git:main": 1000, "git:slow": SLOWER_WORK}
    raw = read_raw(next((project.home_folder / "tmp").glob("*.zip"))).query("metric == 'time'")
    for label in sides:
        own = raw[raw["variant"] == label]
        assert sorted(zip(own["rep"], own["run"], strict=True)) == [(rep, run) for rep in range(5) for run in range(3)]

    (plain,) = [entry for entry in noted(project, "both") if entry["test"] == "plain"]
    assert plain["label"] is None
    found = {(entry.variant, entry.tvm_hash) for entry in measured if entry.test == "test_plain"}
    assert found == {("installed", None)}
    assert [test.nodeid.partition("::")[2] for test in project.records("both")[0].tests] == [
        "test_kernel",
        "test_plain",
    ]


def test_same_commit_under_two_names(project: Project, remote: Remote) -> None:
    """A against A is neither slower nor faster: here, where processes differ by less than the margin, `same`.

    Real processes of equal builds may differ by more, and then it says `unsure`; how seldom it errs is measured in
    docs/side-by-side.md.
    """
    table = {name: {"kind": "git", "ref": "main"} for name in ("before", "after")}
    remote.home(project, variants=table)
    project.experiment("equal", EXACT, compare=["before", "after"])
    assert project.night().ret == 0
    told = comparison(project, "equal")
    assert (told["kind"], told["n_base"], told["n_candidate"]) == ("same", 5, 5)
    assert told["base_hash"] == told["candidate_hash"] == remote.hash_of("main")
    assert {entry.variant for entry in project.records("equal")[0].measurements} == {"before", "after"}


def test_command_line_decides(project: Project, remote: Remote) -> None:
    """`--compare` takes the place of what configs say, for tests that use TVM; too few processes are `unsure`."""
    remote.home(project)
    project.experiment("wide", BOTH_KINDS, variants=["git:no-such-branch", "installed"], **SOON)
    project.experiment("none", TINY)
    result = project.night("--compare", "git:main..git:slow")
    assert result.ret == 0
    assert [entry["label"] for entry in noted(project, "wide") if entry["test"] == "kernel"] == ["git:main", "git:slow"]
    told = comparison(project, "wide")
    assert (told["kind"], told["n_base"], told["ci_low"], told["ci_high"]) == ("unsure", 1, None, None)
    assert len(project.records("none")[0].measurements) == 3
    assert "comparisons" not in project.records("none")[0].extra
    result.stdout.fnmatch_lines(["test_kernel *+20.0 % *unsure *1 + 1 *"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("git:main", "'git:main' is no comparison: write BASE..CANDIDATE"),
        ("git:main..stabel", "there is no variant 'stabel'; did you mean \"stable\"?"),
        ("stable..stable", "stable cannot be compared with itself"),
    ],
)
def test_what_cannot_be_compared_is_refused(project: Project, remote: Remote, asked: str, told: str) -> None:
    """One line, exit status 4, and nothing has run."""
    remote.home(project, variants={"stable": {"kind": "git", "ref": "main"}})
    project.experiment("kernel", EXACT)
    result = project.night("--compare", asked)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if f"--compare: {told}" in line]
    assert not (project.home_folder / "results").exists()


def test_desk_leaves_the_home_alone(project: Project, remote: Remote) -> None:
    """With `--desk` the home gives its configs and keeps its builds; results and the table are local."""
    project.home(tvm_remote=remote.repo.remote, builds_kept=100)
    (project.home_folder / "setup").symlink_to(remote.setup_dir)
    project.experiment("kernel", BOTH_KINDS, **SOON)
    before = files_of(project.home_folder, without=project.home_folder / "setup")
    result = project.night("--desk", "--compare", "git:main..git:slow")
    assert result.ret == 0
    assert files_of(project.home_folder, without=project.home_folder / "setup") == before
    result.stdout.fnmatch_lines(["git:slow (*) against git:main (*):", "test_kernel *1 + 1*"])
    desk = Home(project.root / ".relaybench", project.home().config)
    (path,) = desk.exp_data_dir("kernel").iterdir()
    assert '"comparisons": [' in path.read_text()


def test_side_that_fails(project: Project, remote: Remote) -> None:
    """A failure, a crash and a skip of one side are the test's, named by side and build; nothing is compared."""
    remote.home(project)
    project.experiment("fails", FAILS_ON_CANDIDATE, compare=["git:main", "git:slow"], **SOON)
    project.experiment("good", BOTH_KINDS, compare=["git:main", "git:slow"], **SOON)
    result = project.night()
    assert result.ret == 1
    tests = {entry["nodeid"].partition("::")[2]: entry for entry in project.journal() if entry["kind"] == "test"}
    wrong, dies, skips = (tests[f"test_{name}"] for name in ("wrong", "dies", "skips"))
    assert (wrong["outcome"], wrong["failed_in"]) == ("failed", "call")
    assert wrong["message"].startswith("candidate git:slow: AssertionError: a wrong result")
    assert (dies["outcome"], dies["failed_in"]) == ("failed", "call")
    assert dies["message"].startswith("candidate git:slow: the child process was killed by SIGSEGV")
    assert (skips["outcome"], skips["message"]) == ("skipped", "not on this one")
    assert not any(test["measured"] for test in (wrong, dies, skips))
    assert not project.records("fails")
    message = project.status("fails")["run"]["message"]
    assert message.startswith("2 of 3 tests failed: test_wrong: candidate git:slow: AssertionError")
    result.stdout.fnmatch_lines(["[[]compared side: candidate git:slow[]]", "*a wrong result*"])
    assert comparison(project, "good")["base"] == "git:main"


def test_side_that_cannot_be_built(project: Project, remote: Remote) -> None:
    """The comparison fails at set-up with the build's reason, and nothing of the other side is measured."""
    remote.home(project, variants={"broken": {"kind": "git", "ref": "broken", "build_isolation": False}})
    project.experiment("kernel", BOTH_KINDS, compare=["git:main", "broken"], **SOON)
    result = project.night()
    assert result.ret == 1
    failed = next(entry for entry in project.journal() if entry["kind"] == "test" and entry["outcome"] == "failed")
    assert (failed["failed_in"], failed["nodeid"]) == (
        "setup",
        "bench/test_kernel.py::test_kernel",
    )
    assert failed["message"].startswith("variant broken: the build failed (exit status 1)")
    assert [entry["test"] for entry in noted(project, "kernel")] == ["plain"]
    assert {entry.test for entry in project.records("kernel")[0].measurements} == {"test_plain"}


def test_nothing_to_time(project: Project, remote: Remote) -> None:
    """A test that times nothing runs once on each side: its asserts count on both, and what it records is kept."""
    remote.home(project)
    project.experiment("untimed", WITHOUT_TIME, compare=["git:main", "git:slow"])
    result = project.night("--junitxml", "report.xml")
    assert result.ret == 1
    result.assert_outcomes(passed=2, failed=1)
    tests = {entry["nodeid"].partition("::")[2]: entry for entry in project.journal() if entry["kind"] == "test"}
    assert tests["test_asserts"]["message"].startswith("candidate git:slow: AssertionError: too much work")
    (record,) = project.records("untimed")
    kept = {(entry.metric, entry.variant) for entry in record.measurements if entry.test == "test_records"}
    assert {label for _, label in kept} == {"git:main", "git:slow"}
    assert "comparisons" not in record.extra
    assert [(entry["test"], entry["label"]) for entry in noted(project, "untimed")] == [
        ("asserts", "git:main"),
        ("asserts", "git:slow"),
        ("records", "git:main"),
        ("records", "git:slow"),
    ]
    assert (project.root / "report.xml").read_text().count("<testcase") == 3


def test_smoke_run_has_each_side_once(project: Project, remote: Remote) -> None:
    """With `--benchmark-disable` a comparison runs once on each build and compares nothing."""
    remote.home(project)
    project.experiment("kernel", BOTH_KINDS, compare=["git:main", "git:slow"])
    result = project.night("--benchmark-disable")
    assert result.ret == 0
    result.assert_outcomes(passed=3)
    assert [entry["label"] for entry in noted(project, "kernel")] == ["git:main", "git:slow", None]
    result.stdout.no_fnmatch_line("*side by side*")


def test_without_isolation_builds_still_have_processes(project: Project, remote: Remote) -> None:
    """`--isolation none` cannot hold for two builds: they are compared in processes as ever."""
    remote.home(project)
    project.experiment("kernel", BOTH_KINDS, compare=["git:main", "git:slow"], **SOON)
    assert project.run("bench", "--home", "H", "--isolation", "none", "-p", "no:cacheprovider").ret == 0
    ran = [entry for entry in noted(project, "kernel") if entry["label"]]
    assert len({entry["pid"] for entry in ran}) == 2
    (path,) = (project.root / ".relaybench" / "results" / "experiments" / "data" / "kernel").glob("data_*.json")
    assert read_record(path).extra["comparisons"][0]["n_base"] == 1
    assert project.records("kernel") == []
