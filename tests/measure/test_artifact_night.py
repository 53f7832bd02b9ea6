"""The hash of what a test has built, from the child that built it to the record and the folder of artifacts."""

from __future__ import annotations

import json

from pytest_relaybench.history.artifacts import ArtifactDifference, difference_in, read_artifact
from pytest_relaybench.history.table import frame_of

BUILDS = """
import numpy as np
from pytest_relaybench import ExperimentConfig, axis
from pytest_relaybench.variants.versions_api import tensor_type

class Config(ExperimentConfig):
    operators: list[str] = axis("operator", ["exp", "tanh"])

def test_operator(operator, bench, tvm_variant):
    import tvm
    from tvm import relax
    builder = relax.BlockBuilder()
    x = relax.Var("x", tensor_type((8,), "float32"))
    with builder.function("main", [x]):
        builder.emit_func_output(builder.emit(getattr(relax.op, operator)(x)))
    executable = tvm.compile(builder.get(), "llvm")
    bench(relax.VirtualMachine(executable, tvm.cpu())["main"], tvm.runtime.tensor(np.ones(8, "float32")))

def test_builds_nothing(bench, tvm_variant):
    bench(sum, (1, 2))
"""

STANDS_IN = """
from pytest_relaybench.measure.fixtures import METER
from pytest_relaybench.variants.artifact_parts import Artifact
from pytest_relaybench.variants.compile_meter import Compilation

def test_operator(bench):
    METER._compilations.append(Compilation(0.1, 10, artifact=Artifact("a" * 20, {"main": "m"})))
    bench(sum, (1, 2))
"""  # loading TVM takes seconds


def test_hash_reaches_the_record(project) -> None:
    """All metrics of a test that compiled have its artifact, the same night after night; its parts are in a file."""
    project.experiment("built", BUILDS, budget_s=0.02)
    assert project.night().ret == 0
    assert project.night().ret == 0
    first, second = (
        {row_key(entry): entry.artifact for entry in record.measurements} for record in project.records("built")
    )
    assert first == second
    exp, tanh = first["test_operator", "exp", "time"], first["test_operator", "tanh", "time"]
    assert len({exp, tanh, ""}) == 3
    assert first["test_operator", "exp", "artifact_size"] == exp
    assert {artifact for (test, _, _), artifact in first.items() if test == "test_builds_nothing"} == {""}
    home = project.home()
    assert read_artifact(home, exp).keys() == {"tir_exp", "main", "LLVM"}
    assert difference_in(home, exp, tanh) == ArtifactDifference(("tir_tanh",), ("tir_exp",), ("main",))
    assert {path.stem for path in (home.results / "artifacts").iterdir()} == {exp, tanh}
    (record, _) = project.records("built")
    rows = frame_of(record).set_index(["test", "metric"])
    assert rows.loc[("test_operator", "artifact_size"), "deterministic"].all()
    assert set(rows.loc[("test_operator", "time"), "ran_on"]) == {"cpu"}


def row_key(entry) -> tuple[str, str | None, str]:
    return entry.test, entry.params.get("operator"), entry.metric


def test_killed_run_keeps_its_artifacts(project) -> None:
    """What is recovered from a journal is the record, and what its artifacts are made of."""
    project.experiment("built", STANDS_IN)
    assert project.night().ret == 0
    home = project.home()
    kept = {path.name: path.read_text() for path in (home.results / "artifacts").iterdir()}
    (journal,) = (home.results / "runs").glob("*/journal.jsonl")
    lines = [line for line in journal.read_text().splitlines() if json.loads(line)["kind"] != "end"]
    journal.write_text("\n".join(lines) + "\n")
    for path in [*(home.results / "artifacts").iterdir(), *home.exp_data_dir("built").glob("data_*.json")]:
        path.unlink()
    project.experiment("built")
    project.night().stdout.fnmatch_lines(["*results of 1 test were recovered from its journal*"])
    assert {path.name: path.read_text() for path in (home.results / "artifacts").iterdir()} == kept
    assert list(kept) == [f"{'a' * 20}.json"]


def test_artifacts_that_cannot_be_kept(project) -> None:
    """Where the folder cannot be written, a note says so, and the record is there."""
    project.experiment("built", STANDS_IN)
    (project.home().results / "artifacts").parent.mkdir(parents=True, exist_ok=True)
    (project.home().results / "artifacts").write_text("in the way")
    result = project.night()
    result.stdout.fnmatch_lines(["note: built: what its artifacts are made of is not kept: *"])
    assert result.ret == 0
    assert len(project.records("built")) == 1


def test_a_desk_keeps_no_artifacts(project) -> None:
    """At a desk the hash is in the record, and nothing is written beside it."""
    project.experiment("built", STANDS_IN)
    assert project.run("bench", "--home", "H", "--desk").ret == 0
    (path,) = project.root.glob(".relaybench/results/experiments/data/built/*.json")
    assert any("artifact" in entry for entry in json.loads(path.read_text())["measurements"])
    assert not list(project.root.rglob("artifacts"))
