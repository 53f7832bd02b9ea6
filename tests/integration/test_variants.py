"""Nights on several TVM builds: each is measured under its own name, and what goes wrong with one is its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import tvm  # noqa: F401, before a run inside a test does: pytester forgets it, and its second import aborts

from pytest_relaybench import open_history
from pytest_relaybench.raw_samples import read_raw
from pytest_relaybench.variants.installed import installed
from tests.conftest import TINY, Project

from .conftest import KERNEL, ONE_KERNEL, SLOWER_WORK, Remote, noted

TWO_TESTS_AND_AN_AXIS = f"""{KERNEL}
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [1, 2])

def test_first(size, bench, tvm_variant):
    import tvm
    note("first", tvm_variant, work=tvm.work(), version=tvm.__version__, path=tvm.__file__)
    assert bench(tvm.run, size) == 3 * tvm.work() * size

def test_without(bench):
    note("without", None)
    bench(len, "x")

def test_second(bench, tvm_variant):
    import tvm
    note("second", tvm_variant, work=tvm.work(), version=tvm.__version__, path=tvm.__file__)
    bench.record("steps", tvm.work(), unit="1", direction="neutral")
"""
ANY_TVM = f"""{KERNEL}
def test_any(bench, tvm_variant):
    import tvm
    note("any", tvm_variant, version=tvm.__version__, path=tvm.__file__)
    bench(len, "x")
"""
REAL = """
def test_add(bench, tvm_variant):
    import numpy as np
    import tvm
    from tvm import relax
    assert tvm.__version__ == tvm_variant.version
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorStructInfo((64,), "float32") if hasattr(relax, "TensorStructInfo")
                  else relax.TensorType((64,), "float32"))
    with builder.function("main", [x]):
        builder.emit_func_output(builder.emit(relax.op.add(x, x)))
    vm = relax.VirtualMachine(tvm.compile(builder.get(), "llvm"), tvm.cpu())
    given = tvm.runtime.tensor(np.arange(64, dtype="float32"))
    bench.reference(np.arange(64, dtype="float32") * 2)
    bench(vm["main"], given)
"""


def results(project: Project) -> dict[str, dict[str, Any]]:
    """The newest run's tests by what stands after `::` in their ids."""
    entries = [entry for entry in project.journal() if entry["kind"] == "test"]
    return {entry["nodeid"].partition("::")[2]: entry for entry in entries}


def unisolated(ref: str, **entry: Any) -> dict[str, Any]:
    """An entry for the table of variants that builds with what this environment has, which is quicker."""
    return {"kind": "git", "ref": ref, "build_isolation": False, **entry}


def builds_in(setup_dir: Path) -> set[str]:
    """Names of the builds that are kept."""
    return {path.name for path in (setup_dir / "variants" / "builds").glob("*/")}


def test_each_build_is_measured_under_its_own_name(project: Project, remote: Remote) -> None:
    """Journal, record, table and raw samples tell builds apart by label and commit; each child had the right one.

    Tests stand together by build, so that one child each is started, and one for those that use none.
    """
    remote.home(project)
    project.experiment("many", TWO_TESTS_AND_AN_AXIS, variants=["git:main", "git:slow"])
    assert project.night().ret == 0
    hashes = {"git:main": remote.hash_of("main"), "git:slow": remote.hash_of("slow")}
    work = {"git:main": 1000, "git:slow": SLOWER_WORK}
    assert len({entry["pid"] for entry in noted(project, "many")}) == 3
    ran = [entry for entry in noted(project, "many") if entry["label"]]
    assert [entry["label"] for entry in ran] == ["git:main"] * 3 + ["git:slow"] * 3
    assert {(entry["label"], entry["work"]) for entry in ran} == set(work.items())
    assert {entry["version"] for entry in ran} == {"0.90.0"}
    assert all(Path(entry["path"]).is_relative_to(remote.setup_dir) for entry in ran)
    ids = {f"test_first[{label}-{size}]" for label in hashes for size in (1, 2)}
    assert set(results(project)) == ids | {f"test_second[{label}]" for label in hashes} | {"test_without"}

    (record,) = project.records("many")
    told = {(entry.test, entry.variant, entry.tvm_hash) for entry in record.measurements}
    of_builds = {
        (test, label, tvm_hash) for test in ("test_first", "test_second") for label, tvm_hash in hashes.items()
    }
    assert told == of_builds | {("test_without", "installed", None)}
    steps = {entry.variant: entry.value for entry in record.measurements if entry.metric == "steps"}
    assert steps == work
    assert all(set(entry.params) <= {"size"} for entry in record.measurements)
    table = open_history(project.home_folder)
    firsts = table[(table["test"] == "test_first") & (table["metric"] == "time")]
    assert sorted(zip(firsts["variant"], firsts["tvm_hash"], strict=True)) == sorted([*hashes.items()] * 2)
    raw = read_raw(next((project.home_folder / "tmp").glob("*.zip")))
    assert set(raw[raw["test"] == "test_first"]["variant"]) == set(hashes)


def test_named_variants(project: Project, remote: Remote) -> None:
    """An experiment names entries of the dashboard's table; its series are called by these names."""
    table = {"stable": {"kind": "git", "ref": "main"}, "wheel": {"kind": "installed"}}
    remote.home(project, variants=table)
    project.experiment("named", ANY_TVM, variants=["stable", "wheel"])
    assert project.night().ret == 0
    (record,) = project.records("named")
    here = installed()
    assert here is not None
    hashes = {(entry.variant, entry.tvm_hash) for entry in record.measurements}
    assert hashes == {("stable", remote.hash_of("main")), ("wheel", here.tvm_hash)}


def test_predecessors_fields_and_the_default_on_the_next_night(project: Project, remote: Remote) -> None:
    """`tvm_remote` and `tvm_branch` are a build whose commit the record has; without them it is the default again.

    Whoever has one variant sees no label in the ids of tests.
    """
    remote.home(project)
    project.home(tvm_remote="/nowhere/at/all", setup_dir=str(remote.setup_dir), builds_kept=100)
    project.experiment("old", ANY_TVM, tvm_remote=remote.repo.remote, tvm_branch="slow")
    assert project.night().ret == 0
    assert set(results(project)) == {"test_any"}
    project.config("old")
    assert project.night().ret == 0
    first, second = project.records("old")
    here = installed()
    assert here is not None
    assert (first.tvm_hash, second.tvm_hash) == (remote.hash_of("slow"), here.tvm_hash)
    assert {entry.variant for entry in first.measurements} == {f"git:{remote.repo.remote}@@slow"}
    assert {entry.variant for entry in second.measurements} == {"installed"}
    assert [entry["version"] for entry in noted(project, "old")] == ["0.90.0", here.version]


def test_what_goes_wrong_with_a_build_is_its_own(project: Project, remote: Remote) -> None:
    """Build error, missing branch, unreachable remote, wrong version, import error: at set-up, with the log's end."""
    table = {name: unisolated(name) for name in ("broken", "lying", "unimportable")}
    table["away"] = unisolated("main", remote=str(remote.setup_dir / "no-such-repository"))
    remote.home(project, variants=table)
    reasons = {
        "broken": "variant broken: the build failed (exit status 1)",
        "git:no-such-branch": f"variant git:no-such-branch: {remote.repo.remote} has no branch or tag no-such-branch",
        "away": "variant away: git ls-remote failed for",
        "lying": "variant lying: tvm says it is 0.91.0, not 0.90.0",
        "unimportable": "variant unimportable: import tvm failed (exit status 1)",
    }
    project.experiment("some", ONE_KERNEL, variants=[*reasons, "git:main"])
    project.experiment("other")
    result = project.night()
    assert result.ret == 1
    result.assert_outcomes(passed=4, errors=5)  # with the two prechecks
    for label, reason in reasons.items():
        test = next(entry for name, entry in results(project).items() if name == f"test_kernel[{label}]")
        assert (test["outcome"], test["failed_in"], test["measured"]) == ("failed", "setup", None)
        assert test["message"].startswith(reason)
    result.stdout.fnmatch_lines(["*#error line 99 of many*", "whole log: *.log"])
    result.stdout.fnmatch_lines(["*ImportError: this commit cannot be imported*"])
    status = project.status("some")
    assert status["setup"]["success"]
    assert not status["run"]["success"]
    lines = status["run"]["message"].splitlines()
    assert lines[0].startswith("5 of 6 tests failed: test_kernel[broken]: variant broken: the build failed")
    assert project.status("other")["run"]["success"]
    assert {entry.variant for entry in project.records("some")[0].measurements} == {"git:main"}


def test_all_builds_fail(project: Project, remote: Remote) -> None:
    """Where no build could be made, the experiment has failed at set-up and nothing is recorded."""
    remote.home(project)
    project.experiment("none", ONE_KERNEL, variants=["git:gone", "git:gone-too"])
    assert project.night().ret == 1
    setup = project.status("none")["setup"]
    assert not setup["success"]
    assert "no test got past set-up" in setup["message"]
    assert not project.records("none")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"variants": ["stabel"]}, "variants: there is no variant 'stabel'; did you mean \"stable\"?"),
        ({"compare": ["stable", "newest"]}, "compare: there is no variant 'newest'; known: "),
        ({"compare": ["stable", "stable"]}, "compare: stable cannot be compared with itself"),
        ({"tvm_branch": "a..b"}, 'tvm_branch: "a..b" is no name of a branch, tag or commit'),
        ({"variants": ["stable"], "tvm_branch": "main"}, "`tvm_branch` stands for the one variant there is"),
    ],
)
@pytest.mark.parametrize("code", [TINY, ANY_TVM], ids=["unused", "used"])
def test_unknown_variant(project: Project, remote: Remote, code: str, config: dict[str, Any], told: str) -> None:
    """It fails its experiment's precheck, used or not, with the nearest known one; the others run."""
    remote.home(project, variants={"stable": {"kind": "git", "ref": "main"}})
    project.experiment("bad", code, **config)
    project.experiment("good")
    assert project.night().ret == 1
    precheck = project.status("bad")["precheck"]
    assert not precheck["success"]
    assert precheck["message"].startswith("config/experiments/bad/config.json: ")
    assert told in precheck["message"]
    assert len(precheck["message"].splitlines()) == 1
    assert len(project.records("good")) == 1


def test_no_build_takes_what_is_there(project: Project, remote: Remote) -> None:
    """With `--no-build` a cached build is used, as the branch was when last fetched; what is not built fails."""
    remote.repo.git("branch", "--force", "pending", "main")
    table = {"pending": unisolated("pending"), "unfetched": unisolated("unfetched")}
    remote.home(project, variants=table)
    project.experiment("cached", ANY_TVM, variants=["pending"])
    assert project.night().ret == 0
    remote.repo.git("branch", "--force", "pending", "slow")
    remote.repo.git("branch", "--force", "unfetched", "slow")
    before = builds_in(remote.setup_dir)
    project.config("cached", variants=["pending", "unfetched"])
    result = project.night("--no-build")
    result.assert_outcomes(passed=2, errors=1)
    assert builds_in(remote.setup_dir) == before
    tests = results(project)
    assert tests["test_any[pending]"]["tvm_hash"] == remote.hash_of("main")
    assert "nothing is built with --no-build" in tests["test_any[unfetched]"]["message"]


def test_branch_that_moves(project: Project, remote: Remote) -> None:
    """The next night has the new commit under the same label: one series, two hashes, and the new binary."""
    remote.repo.git("branch", "--force", "moving", "main")
    remote.home(project)
    project.experiment("moving", ONE_KERNEL, variants=["git:moving"])
    assert project.night().ret == 0
    remote.repo.git("branch", "--force", "moving", "slow")
    assert project.night().ret == 0
    assert [entry["work"] for entry in noted(project, "moving")] == [1000, SLOWER_WORK]
    series = open_history(project.home_folder).query("metric == 'time'")
    assert list(series["variant"]) == ["git:moving"] * 2
    assert list(series["tvm_hash"]) == [remote.hash_of("main"), remote.hash_of("slow")]


def test_without_isolation_another_tvm_still_has_its_child(project: Project, remote: Remote) -> None:
    """`--isolation none` runs what it can in this process, and never the installed TVM under another's name."""
    remote.home(project)
    code = ANY_TVM.replace("import tvm\n", "import sys\n    tvm = sys.modules['tvm']\n")
    project.experiment("mixed", code, variants=["installed", "git:main"])
    project.run("bench", "--home", "H", "--isolation", "none", "-p", "no:cacheprovider").assert_outcomes(passed=3)
    pids = {entry["label"]: entry["pid"] for entry in noted(project, "mixed")}
    versions = {entry["label"]: entry["version"] for entry in noted(project, "mixed")}
    here = installed()
    assert here is not None
    assert pids["installed"] == os.getpid() != pids["git:main"]
    assert versions == {"installed": here.version, "git:main": "0.90.0"}


def test_only_what_is_selected_is_built(project: Project, remote: Remote) -> None:
    """A build takes long: that of a variant whose tests are left out is not made; listing tests makes none."""
    setup = project.root / "own-setup"
    project.home(tvm_remote=remote.repo.remote, setup_dir=str(setup), variants={"quick": unisolated("main")})
    project.experiment("picked", ONE_KERNEL, variants=["quick", "git:no-such-branch"])
    result = project.night("--collect-only", "-q")
    result.stdout.fnmatch_lines(["*test_kernel[[]quick[]]", "*test_kernel[[]git:no-such-branch[]]"])
    assert not setup.exists()
    assert project.night("-k", "quick").ret == 0
    assert len(builds_in(setup)) == 1
    assert not [path for path in (setup / "variants" / "logs").iterdir() if "no-such-branch" in path.name]


def test_tvm_without_what_is_metered(project: Project, remote: Remote) -> None:
    """A build that has neither `tvm.compile` nor `tvm.relax` is measured like any other."""
    remote.repo.git("checkout", "--quiet", "-B", "bare", "main")
    package = remote.repo.path / "python/tvm/__init__.py"
    lines = package.read_text().splitlines()
    package.write_text("\n".join(line for line in lines if "relax" not in line))
    remote.repo.commit("have neither compile nor relax")
    remote.repo.git("checkout", "--quiet", "main")
    remote.home(project, variants={"bare": unisolated("bare")})
    project.experiment("bare", ONE_KERNEL, variants=["bare"])
    assert project.night().ret == 0
    assert {entry.metric for entry in project.records("bare")[0].measurements} == {"time", "first_run", "peak_memory"}


def test_another_tvm_in_the_way(project: Project, remote: Remote) -> None:
    """An experiment whose own search path has another `tvm` first fails instead of measuring that one."""
    (project.root / "other" / "tvm").mkdir(parents=True)
    (project.root / "other" / "tvm" / "__init__.py").write_text("__version__ = '0.90.0'\n")
    (project.root / "bench" / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(project.root)!r} + '/other')\n"
    )
    remote.home(project)
    project.experiment("fooled", ANY_TVM, variants=["git:main"])
    assert project.run("bench", "--home", "H").ret == 1
    assert (
        f"variant git:main: tvm came from {project.root}/other/tvm, not from "
        in results(project)["test_any"]["message"]
    )


def test_label_that_an_author_makes_up(project: Project, remote: Remote) -> None:
    """Who parametrizes `tvm_variant` alone with what the config does not have gets a failure that says so."""
    remote.home(project)
    mark = '@pytest.mark.parametrize("tvm_variant", ["git:slow"], indirect=True)\ndef test_any'
    project.experiment("own", ANY_TVM.replace("def test_any", mark), variants=["git:main"])
    project.experiment("other")
    assert project.night().ret == 1
    message = results(project)["test_any[git:slow]"]["message"]
    assert message == "there is no variant 'git:slow' in the experiment's config: git:main"
    assert len(project.records("other")) == 1


def test_without_any_tvm(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no TVM is installed, tests that use the installed one skip, and others are measured."""
    (project.root / "path").mkdir()
    (project.root / "path" / "sitecustomize.py").write_text("import sys\nsys.modules['tvm'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(project.root / "path"))
    monkeypatch.setitem(sys.modules, "tvm", None)
    project.experiment("bare", ANY_TVM + "\ndef test_other(bench):\n    bench(len, 'x')\n")
    result = project.night()
    assert result.ret == 0
    result.assert_outcomes(passed=2, skipped=1)
    assert results(project)["test_any"]["message"].startswith("apache-tvm is not installed")


def test_real_releases_side_by_side_in_one_night(project: Project) -> None:
    """A wheel from the package index beside the installed one, each with its own tvm-ffi, on a tiny kernel.

    Slow: it fetches 0.26.0 and compiles with both.
    """
    project.experiment("add", REAL, variants=["release:0.26.0", "installed"])
    assert project.night().ret == 0
    times = {entry.variant: entry for entry in project.records("add")[0].measurements if entry.metric == "time"}
    here = installed()
    assert here is not None
    hashes = {label: entry.tvm_hash for label, entry in times.items()}
    assert hashes == {"release:0.26.0": "0.26.0+gc7b458e94", "installed": here.tvm_hash}
    compiled = {entry.variant for entry in project.records("add")[0].measurements if entry.metric == "artifact_size"}
    assert compiled == set(times)
    (built,) = (project.home_folder / "setup" / "variants" / "builds").glob("release-0.26.0-*/content/built.json")
    assert json.loads(built.read_text())["version"] == "0.26.0"
