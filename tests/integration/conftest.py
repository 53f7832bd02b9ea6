"""What tests of nights on several TVM builds share: a repository that stands for TVM's, whose builds are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Project
from tests.variants.fake_tvm import USUAL_WORK, Repo, commit_change, make_repository

SLOWER_WORK = USUAL_WORK * 6 // 5
KERNEL = """
import json, os, pathlib, time
import pytest

LOG = pathlib.Path(__file__).with_suffix(".log")
N_STEPS = 50  # repeats of the kernel, a fraction of a millisecond together

def note(test, variant, **told):
    entry = {"test": test, "pid": os.getpid(), "time": time.time(), "label": variant.label if variant else None, **told}
    with LOG.open("a") as file:
        file.write(json.dumps(entry) + "\\n")

"""
ONE_KERNEL = f"""{KERNEL}
def test_kernel(bench, tvm_variant):
    import tvm
    note("kernel", tvm_variant, work=tvm.work(), version=tvm.__version__, path=tvm.__file__)
    bench(tvm.run, N_STEPS)
"""
ANY_TVM = f"""{KERNEL}
def test_any(bench, tvm_variant):
    import tvm
    note("any", tvm_variant, version=tvm.__version__, path=tvm.__file__)
    bench(len, "x")
"""
# a millisecond for a thousand steps, one in a thousand more or less from process to process: exact on any machine
EXACT = f"""{KERNEL}
def test_exact(bench, tvm_variant):
    import tvm
    turn = sum(1 for _ in LOG.open()) if LOG.exists() else 0
    note("exact", tvm_variant, work=tvm.work())
    level = tvm.work() * 1e-6 * (1 + 0.001 * (turn // 2 % 2))
    bench.durations([level, level * 1.001, level * 0.999])
"""


@dataclass(frozen=True)
class Remote:
    """The repository, its branches' commits, and the folder in which every test's home keeps its builds."""

    repo: Repo
    commits: dict[str, str]
    setup_dir: Path

    def hash_of(self, branch: str) -> str:
        """The `tvm_hash` of a build of the branch."""
        return self.commits[branch]

    def home(self, project: Project, **config: Any) -> None:
        """Give the project's home this remote, and the builds that there are."""
        project.home(tvm_remote=self.repo.remote, setup_dir=str(self.setup_dir), builds_kept=100, **config)


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Remote:
    """Branches `main`; `slow`, whose kernel does 20 % more; and four with something wrong."""
    root = tmp_path_factory.mktemp("remote")
    repo = make_repository(root / "tvm")
    commits = {"main": repo.git("rev-parse", "HEAD")}
    changes: dict[str, dict[str, Any]] = {
        "slow": {"work": SLOWER_WORK},
        "broken": {"broken": True},
        "lying": {"says": "0.91.0"},
        "unimportable": {"import_error": True},
    }
    for branch, change in changes.items():
        repo.git("checkout", "--quiet", "-B", branch, "main")
        commits[branch] = commit_change(repo, **change)
    repo.git("checkout", "--quiet", "main")
    setup_dir = root / "setup"
    setup_dir.mkdir()
    return Remote(repo, commits, setup_dir)


def noted(project: Project, name: str) -> list[dict[str, Any]]:
    """What the tests of an experiment noted, in the order in which they ran."""
    path = project.root / "bench" / f"test_{name}.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def results(project: Project) -> dict[str, dict[str, Any]]:
    """The newest run's tests by what stands after `::` in their ids."""
    entries = [entry for entry in project.journal() if entry["kind"] == "test"]
    return {entry["nodeid"].partition("::")[2]: entry for entry in entries}


def unisolated(ref: str, **entry: Any) -> dict[str, Any]:
    """An entry for the table of variants that builds with what this environment has, which is quicker."""
    return {"kind": "git", "ref": ref, "build_isolation": False, **entry}
