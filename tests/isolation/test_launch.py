"""What makes a child the right interpreter for a test, as it finds itself."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import Any

import pytest

from pytest_relaybench.isolation.launch import Launch, portable_options
from pytest_relaybench.isolation.pool import Reported

from .conftest import Children, outcomes, output

PASSED = ["passed"] * 3
LAUNCH = Launch("x", "/p/test_x.py", "/p", None, "{}", "config.json", "/p/setup", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"module": "/p/test_y.py"},
        {"config_text": '{"active": true}'},
        {"python": "/other/python"},
        {"env": {"PYTHONPATH": "/other"}},
        {"cpus": (1,)},
        {"options": {"verbose": 1}},
        {"seed": 2},
    ],
)
def test_any_difference_makes_another_child(change: dict[str, Any]) -> None:
    """The key is a digest of everything, the same for equal launches."""
    assert LAUNCH.key() == replace(LAUNCH).key()
    assert replace(LAUNCH, **change).key() != LAUNCH.key()


def test_launch_survives_its_line() -> None:
    """What the child reads is what the parent wrote, in one line."""
    launch = replace(LAUNCH, env={"A": "b\nc"}, cpus=(0, 2), options={"plugins": ["x"]})
    line = launch.to_json()
    assert "\n" not in line
    assert Launch(**json.loads(line)).key() == launch.key()


def test_options_that_are_the_parents_own_stay_there() -> None:
    """Selection, reporting and the debugger are the parent's; what shapes the tests goes along; the rest is no JSON."""
    given = {
        "keyword": "a", "xmlpath": "r.xml", "maxfail": 1, "usepdb": True, "collectonly": True, "lf": True,
        "plugins": ["terminal", "mine"], "strict_markers": True, "pythonwarnings": ["error"], "odd": object(),
        "relaybench_home": "H", "benchmark_disable": True, "benchmark_json": object(), "cov_source": ["."],
    }  # fmt: skip
    found = portable_options(given)
    assert (found["keyword"], found["maxfail"], found["usepdb"], found["lf"]) == ("", 0, False, False)
    assert not {"xmlpath", "odd", "relaybench_home"} & set(found)
    assert (found["strict_markers"], found["pythonwarnings"], found["benchmark_disable"]) == (True, ["error"], True)
    assert found["cov_source"] == []  # pytest-cov would ask for more than we tell it
    assert "mine" in found["plugins"]
    assert "terminal" not in found["plugins"]
    assert json.loads(json.dumps(found)) == found


def test_cpus_and_threads_are_set_before_anything_is_imported(children: Children) -> None:
    """The child runs on the named CPUs only, as do programs it starts, with the environment of its launch."""
    cpu = max(os.sched_getaffinity(0))
    code = """
import os, subprocess, sys

def test_a():
    print(sorted(os.sched_getaffinity(0)), os.environ["OMP_NUM_THREADS"], os.environ["KEPT"])
    subprocess.run([sys.executable, "-c", "import os; print(sorted(os.sched_getaffinity(0)))"])
"""
    os.environ["KEPT"] = "of the parent"
    try:
        (events,) = children.run(children.launch(code, cpus=(cpu,), env={"OMP_NUM_THREADS": "3"}), "test_a")
    finally:
        del os.environ["KEPT"]
    assert output(events)["call"] == f"[{cpu}] 3 of the parent\n[{cpu}]\n"


def test_working_folder_and_search_path_are_the_parents(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test finds itself where the parent was started; modules there are found only when the parent finds them."""
    (children.root / "beside.py").write_text("")
    folder = children.root / "elsewhere"
    folder.mkdir()
    (folder / "lying_about.py").write_text("")
    monkeypatch.chdir(folder)
    code = """
import importlib.util, os

def test_a(): print(os.getcwd(), importlib.util.find_spec("lying_about") is not None)
"""
    (without,) = children.run(children.launch(code), "test_a")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    (found,) = children.run(children.launch(code), "test_a")
    assert output(without)["call"] == f"{folder} False\n"
    assert output(found)["call"] == f"{folder} True\n"


def test_memory_is_each_tests_own(children: Children) -> None:
    """Peak memory of small, 300 MB and small in one child: the third is small again."""
    launch = children.launch("""
import os
import pytest

@pytest.mark.parametrize("mib", [1, 300, 2])
def test_use(bench, mib):
    block = bytearray(mib * 1024**2)
    block[::4096] = b"x" * len(block[::4096])
    bench.record("pid", os.getpid(), unit="1")
""")
    found = [
        next(
            event.report["relaybench"]
            for event in events
            if isinstance(event, Reported) and "relaybench" in event.report
        )
        for events in children.run(launch, "test_use[1]", "test_use[300]", "test_use[2]")
    ]
    small, large, again = (entry["peak_memory_bytes"] / 1024**2 for entry in found)
    assert large > 300
    assert small < 200
    assert again < small + 50
    assert len({entry["metrics"][0]["samples"][0] for entry in found}) == 1


def test_fixtures_live_as_long_as_their_experiment(children: Children) -> None:
    """A session's fixture is made once for the tests of a module and torn down with the last of them."""
    launch = children.launch("""
import os
import pytest

@pytest.fixture(scope="session")
def shared():
    print("made")
    yield os.getpid()
    print("torn down")

@pytest.mark.parametrize("number", range(3))
def test_it(shared, number): pass
""")
    first, second, third = map(output, children.run(launch, *(f"test_it[{number}]" for number in range(3))))
    assert (first["setup"], first["teardown"]) == ("made\n", "")
    assert (second["setup"], second["teardown"]) == ("", "")
    assert (third["setup"], third["teardown"]) == ("", "torn down\n")


def test_fixtures_are_torn_down_when_the_pool_closes(children: Children) -> None:
    """A child that is told to stop in the middle of an experiment tears down what it has."""
    code = """
import pathlib
import pytest

@pytest.fixture(scope="session")
def shared():
    yield
    pathlib.Path(__file__).with_name("torn-down").touch()

def test_a(shared): pass
def test_b(shared): pass
"""
    events = list(children.pool.run(children.launch(code), "test_x.py::test_a", "test_x.py::test_b", 60))
    assert outcomes(events) == PASSED
    children.pool.close()
    assert (children.root / "torn-down").exists()


def test_config_and_seed_reach_the_tests(children: Children) -> None:
    """The child sees the config as the parent read it, the file itself is not read again."""
    code = """
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [1])

def test_a(size, experiment_config): print(size, experiment_config.sizes, experiment_config.title)
"""
    launch = children.launch(code, config='{"sizes": [7, 8], "title": "T"}')
    seven, eight = children.run(launch, "test_a[7]", "test_a[8]")
    assert output(seven)["call"] == "7 [7, 8] T\n"
    assert output(eight)["call"] == "8 [7, 8] T\n"
