"""An axis named `threads`: each value is a process of its own, and its libraries use that many threads."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import tvm  # noqa: F401, before a run inside a test does: pytester forgets it, and its second import aborts

from tests.conftest import Project
from tests.docs.test_how_to import FILES

from .conftest import KERNEL, Remote, noted, results

VARIABLES = ("TVM_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CONFIG = f"""{KERNEL}
from typing import Any
from pytest_relaybench import ExperimentConfig, axis

VARIABLES = {VARIABLES}

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [1, 2])
    thread_counts: list[Any] = axis("threads", [1, 2])
    engines: list[str] = axis("engine", ["relax", "torch"], without_tvm=["torch"])

def told(variant, **told):
    note("it", variant, set=[os.environ.get(name) for name in VARIABLES], **told)
"""
PLAIN = f"""{CONFIG}
def test_first(size, threads, bench):
    told(None, size=size, threads=threads)
    bench(len, "x")

def test_second(threads, bench):
    told(None, threads=threads)
    bench(len, "x")

def test_without(bench):
    told(None)
    bench(len, "x")
"""
WITH_TVM = f"""{CONFIG}
def test_engine(engine, threads, bench, tvm_variant):
    told(tvm_variant, engine=engine, threads=threads)
    bench.durations([threads * 1e-3] * 3)
"""
BLAS = f"""{CONFIG}
import threading

def test_blas(threads, bench):
    import numpy as np
    square = np.ones((400, 400))
    square @ square
    told(None, threads=threads, running=len(os.listdir("/proc/self/task")) - threading.active_count())
    bench(len, "x")
"""


def test_each_count_is_a_process(project: Project) -> None:
    """All four variables say what the parameter says; there are as many processes as counts, tests of one together.

    A test without the parameter has the config's `threads`, and shares the process of that count.
    """
    project.experiment("plain", PLAIN, thread_counts=[3, 1, 2, 3], threads=2)
    assert project.night().ret == 0
    ran = noted(project, "plain")
    assert all(entry["set"] == [str(entry.get("threads", 2))] * len(VARIABLES) for entry in ran)
    assert len(ran) == 3 * (2 + 1) + 1
    order = [int(entry["set"][0]) for entry in ran]
    assert order == sorted(order)
    assert len({entry["pid"] for entry in ran}) == 3
    times = [m for m in project.records("plain")[0].measurements if m.metric == "time"]
    assert {m.params.get("threads") for m in times} == {1, 2, 3, None}


def test_counts_within_builds(project: Project, remote: Remote) -> None:
    """Builds first, counts within: a process for each of both, and one for each count of what uses no TVM."""
    remote.home(project)
    project.experiment("builds", WITH_TVM, variants=["git:main", "git:slow"])
    assert project.night().ret == 0
    ran = [(entry["label"], entry["set"][0]) for entry in noted(project, "builds")]
    assert ran == [(label, count) for label in ("git:main", "git:slow", None) for count in ("1", "2")]
    assert len({entry["pid"] for entry in noted(project, "builds")}) == 6
    assert "test_engine[git:main-relax-1]" in results(project)
    assert "test_engine[torch-2]" in results(project)


def test_compared_at_each_count(project: Project, remote: Remote) -> None:
    """Builds that are compared side by side are so at every count, in processes with that many threads."""
    remote.home(project)
    project.experiment("sides", WITH_TVM, compare=["git:main", "git:slow"], compare_budget_s=0.01, engines=["relax"])
    assert project.night().ret == 0
    ran = [(entry["label"], entry["set"][0]) for entry in noted(project, "sides")]
    assert ran == [(label, count) for count in ("1", "2") for label in ("git:main", "git:slow")]
    told = project.records("sides")[0].extra["comparisons"]
    assert [comparison["params"]["threads"] for comparison in told] == [1, 2]


def test_blas_obeys(project: Project) -> None:
    """It is no number in the environment alone: NumPy's BLAS has as many threads as the parameter says."""
    project.experiment("blas", BLAS, thread_counts=[1, 2])
    assert project.night().ret == 0
    assert {entry["threads"]: entry["running"] for entry in noted(project, "blas")} == {1: 0, 2: 1}


def test_without_isolation_other_threads_still_have_their_child(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--isolation none` runs in this process what has this process's threads, and nothing under a count it has not."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "1")
    project.experiment("mixed", PLAIN, sizes=[1], thread_counts=[1, 2])
    project.night("--isolation", "none").assert_outcomes(passed=6)
    ran = {(entry.get("threads"), entry["set"][0], entry["pid"] == os.getpid()) for entry in noted(project, "mixed")}
    assert ran == {(1, "1", True), (2, "2", False), (None, "1", True)}


@pytest.mark.parametrize("wrong", [0, 1.5, True, "two"])
def test_a_count_that_is_none_is_refused(project: Project, wrong: Any) -> None:
    """Half a thread, or none, is no count: the experiment fails at precheck, instead of running on other threads."""
    project.experiment("counts", PLAIN, thread_counts=[1, wrong])
    assert project.night().ret == 1
    assert project.status("counts")["precheck"]["message"] == (
        "config/experiments/counts/config.json: thread_counts: a count of threads is a whole number from 1 "
        f"(found {json.dumps(wrong)})"
    )


def test_the_key_of_all_experiments_is_taken(project: Project) -> None:
    """An axis may not be called `threads` itself: that key is there already, and means something else."""
    project.experiment("taken", PLAIN.replace("thread_counts", "threads"))
    assert project.night().ret == 1
    message = project.status("taken")["precheck"]["message"]
    assert "threads: the key is that of every experiment: call the axis otherwise, such as thread_counts" in message


def test_the_example_of_the_documentation(project: Project) -> None:
    """Each engine runs at each count, and bars of all of them stand in one picture."""
    project.experiment("sums", FILES["engines with and without TVM, on several threads"])
    assert project.night().ret == 0
    assert set(results(project)) == {f"test_sum[{engine}-{count}]" for engine in ("relax", "numpy") for count in (1, 2)}
    drawn = (project.home_folder / "results").glob("experiments/graph/sums/*/*.png")
    assert [path.name for path in drawn] == ["sums.png"]
