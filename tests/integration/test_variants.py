"""Nights on several TVM builds: each is measured under its own name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import tvm  # noqa: F401, before a run inside a test does: pytester forgets it, and its second import aborts

from pytest_relaybench import open_history
from pytest_relaybench.raw_samples import read_raw
from pytest_relaybench.variants.installed import installed
from tests.conftest import Project

from .conftest import ANY_TVM, KERNEL, ONE_KERNEL, SLOWER_WORK, Remote, noted, results, unisolated

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
