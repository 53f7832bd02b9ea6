"""An axis whose values partly use no TVM: one test compares engines, and what needs no build is measured once."""

from __future__ import annotations

import json

import pytest
import tvm  # noqa: F401, before a run inside a test does: pytester forgets it, and its second import aborts

from pytest_relaybench.history.records import Record
from pytest_relaybench.variants.installed import installed
from tests.conftest import Project

from .conftest import KERNEL, Remote, noted, results

CONFIG = """
from typing import Any, Literal
from pytest_relaybench import ExperimentConfig, axis, bars

graphs = [bars(x="size", hue="engine")]

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [1])
    engines: list[Any] = axis("engine", ["relax", "torch", "numpy"], without_tvm=["torch", "numpy"])
"""
ENGINES = f"""{KERNEL}{CONFIG}
import sys

def test_engine(size, engine, bench, tvm_variant):
    if tvm_variant is None:
        note("engine", None, engine=engine, has_tvm="tvm" in sys.modules)
        bench(len, "x")
    else:
        import tvm
        note("engine", tvm_variant, engine=engine, has_tvm=True, work=tvm.work())
        bench.durations([tvm.work() * size * 1e-6] * 3)
"""
INSTALLED_ENGINES = f"""{KERNEL}{CONFIG}
import sys
graphs = [bars(hue="engine")]

def test_engine(engine, bench, tvm_variant):
    note("engine", tvm_variant, engine=engine, has_tvm="tvm" in sys.modules)
    bench(len, "x")
"""
DERIVING = f"""{INSTALLED_ENGINES}
def analyze(table):
    times = table[table["metric"] == "time"]
    rows = [dict(metric="rate", value=1 / row.value, unit="1/s", test=row.test, params=row.params, variant=row.variant)
            for row in times.itertuples()]
    return [*rows, dict(metric="series", value=len(times), unit="1", variant="installed")]
"""
TWO_AXES = """
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    engines: list[str] = axis("engine", ["relax", "torch"], without_tvm=["torch"])
    methods: list[str] = axis("method", ["vm", "plain"], without_tvm=["plain"])

def test_fine(engine, bench, tvm_variant):
    bench(len, "x")

def test_both(engine, method, bench, tvm_variant):
    bench(len, "x")
"""


def of_metric(record: Record, metric: str) -> set[tuple[str, str | None, str]]:
    """Variant, hash and engine of the measurements that have the metric."""
    return {(m.variant, m.tvm_hash, m.params["engine"]) for m in record.measurements if m.metric == metric}


def test_each_value_runs_where_it_should(project: Project, remote: Remote) -> None:
    """A value without TVM runs once whatever builds there are, in a child of its own that no TVM has come into."""
    remote.home(project)
    project.experiment("engines", ENGINES, variants=["git:main", "git:slow"], sizes=[1, 2])
    assert project.night().ret == 0
    hashes = {label: remote.hash_of(label.removeprefix("git:")) for label in ("git:main", "git:slow")}
    ids = {f"test_engine[{label}-relax-{size}]" for label in hashes for size in (1, 2)}
    ids |= {f"test_engine[{engine}-{size}]" for engine in ("torch", "numpy") for size in (1, 2)}
    assert set(results(project)) == ids

    ran = noted(project, "engines")
    assert [entry["label"] for entry in ran] == ["git:main"] * 2 + ["git:slow"] * 2 + [None] * 4
    assert {entry["label"]: entry["has_tvm"] for entry in ran} == {**dict.fromkeys(hashes, True), None: False}
    children = {label: {entry["pid"] for entry in ran if entry["label"] == label} for label in (*hashes, None)}
    assert [len(pids) for pids in children.values()] == [1, 1, 1]
    assert len(set.union(*children.values())) == 3

    (record,) = project.records("engines")
    builds = {(label, tvm_hash, "relax") for label, tvm_hash in hashes.items()}
    assert of_metric(record, "time") == builds | {("installed", None, "torch"), ("installed", None, "numpy")}
    assert {m.test for m in record.measurements} == {"test_engine"}
    assert {tuple(m.params) for m in record.measurements} == {("engine", "size")}


def test_one_build_has_no_label_in_the_ids(project: Project) -> None:
    """With one build ids are the values alone, and the installed TVM does not come into the others' process."""
    project.experiment("plain", INSTALLED_ENGINES)
    assert project.night().ret == 0
    assert list(results(project)) == [f"test_engine[{engine}]" for engine in ("relax", "torch", "numpy")]
    ran = noted(project, "plain")
    assert [(entry["engine"], entry["has_tvm"]) for entry in ran] == [
        ("relax", True),
        ("torch", False),
        ("numpy", False),
    ]
    assert ran[0]["pid"] != ran[1]["pid"] == ran[2]["pid"]


def test_derived_values_are_of_the_build_that_they_come_from(project: Project) -> None:
    """What `analyze` returns has the hash of its own test: none where that used no TVM, though both are `installed`."""
    project.experiment("derived", DERIVING)
    assert project.night().ret == 0
    (record,) = project.records("derived")
    here = installed()
    assert here is not None
    hashes = {(m.params.get("engine"), m.tvm_hash) for m in record.measurements if m.derived}
    assert hashes == {("relax", here.tvm_hash), ("torch", None), ("numpy", None), (None, here.tvm_hash)}


def test_values_of_every_kind(project: Project) -> None:
    """Lists, numbers and null may be values; only those that are named do without TVM."""
    code = INSTALLED_ENGINES.replace('without_tvm=["torch", "numpy"]', 'without_tvm=[[1, "a"], None, 2.5]')
    project.experiment("kinds", code, engines=[[1, "a"], [1, "b"], None, 2.5, {"deep": True}])
    assert project.night().ret == 0
    ran = {json.dumps(entry["engine"]): entry["label"] for entry in noted(project, "kinds")}
    assert ran == {
        '[1, "a"]': None,
        '[1, "b"]': "installed",
        "null": None,
        "2.5": None,
        '{"deep": true}': "installed",
    }
    assert set(results(project)) == {
        'test_engine[[1,"a"]]',
        'test_engine[[1,"b"]]',
        "test_engine[None]",
        "test_engine[2.5]",
        'test_engine[{"deep":true}]',
    }


def test_only_others_needs_no_build(project: Project, remote: Remote) -> None:
    """A config whose values all do without TVM makes none of its builds, however wrong they are."""
    remote.home(project)
    project.experiment("others", ENGINES, engines=["torch"], variants=["git:no-such-branch", "git:main"])
    assert project.night().ret == 0
    assert set(results(project)) == {"test_engine[torch-1]"}
    assert noted(project, "others")[0]["label"] is None


def test_compared(project: Project, remote: Remote) -> None:
    """`--compare` measures two builds in turn for values with TVM, and leaves the others as they are."""
    remote.home(project)
    project.experiment("compared", ENGINES, compare_budget_s=0.01)
    assert project.night("--compare", "git:main..git:slow").ret == 0
    ran = [(entry["engine"], entry["label"]) for entry in noted(project, "compared")]
    assert ran == [("relax", "git:main"), ("relax", "git:slow"), ("torch", None), ("numpy", None)]
    (record,) = project.records("compared")
    (told,) = record.extra["comparisons"]
    assert (told["test"], told["params"]) == ("test_engine", {"engine": "relax", "size": 1})
    assert told["ratio"] == pytest.approx(1.2)
    assert of_metric(record, "time") >= {("installed", None, "torch"), ("installed", None, "numpy")}


def test_the_author_parametrizes(project: Project) -> None:
    """`pytest.mark.parametrize` of the same name wins over the axis, and its values all have the build."""
    mark = '@pytest.mark.parametrize("engine", ["torch"])'
    project.experiment("own", INSTALLED_ENGINES.replace("def test", f"{mark}\ndef test"))
    assert project.night().ret == 0
    assert [(entry["engine"], entry["label"]) for entry in noted(project, "own")] == [("torch", "installed")]


def test_two_such_axes(project: Project) -> None:
    """A test with two of them is a fault of its experiment alone: one line names the test, axes and rule."""
    project.experiment("two", TWO_AXES)
    project.experiment("tiny")
    result = project.night()
    assert result.ret == 1
    message = project.status("two")["precheck"]["message"]
    assert message == (
        "bench/test_two.py::test_both: axes engine, method: at most one axis of a test may have values without_tvm"
    )
    assert sum("at most one axis" in line for line in result.outlines) <= 2  # the failure, and pytest's line for it
    assert project.status("tiny")["summary"]["success"]


def test_one_picture_of_all_engines(project: Project, remote: Remote) -> None:
    """One build that is not the installed one and what uses none stand in one picture, not in two halves."""
    remote.home(project)
    project.experiment("drawn", ENGINES, variants=["git:main"], sizes=[1, 2])
    assert project.night().ret == 0
    drawn = sorted(path.name for path in (project.home_folder / "results").glob("experiments/graph/drawn/*/*.png"))
    assert drawn == ["drawn.png"]
