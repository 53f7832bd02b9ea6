"""The experiment cnn_comp: its config, a whole night of it, and a night in which engines compute something else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.test_cnn_comp import Config, graphs, summarize
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import open_home
from pytest_relaybench.reading import parse_config, read_config
from pytest_relaybench.render.plots import draw
from pytest_relaybench.render.series import expand_params

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("home*/config/experiments/cnn_comp/config.json"))
ENGINES = ["relax", "relax-scheduled", "relax-tuned", "torch-eager", "onnxruntime"]
TRIALS = 5  # one for each of the five kernels

BREAKING = """
import dataclasses
import sys

import numpy
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if hasattr(item, "callspec"):  # in a child: the parent runs no test of an experiment
        from bench import engines
        from bench.engines.preparing import prepare

        def broken(engine, model, *rest):
            ready = prepare(engine, model, *rest)
            assert ("tvm" in sys.modules) == engine.startswith("relax")
            if rest[0][0].shape[0] == 1:  # engines break on pairs of images only
                return ready
            if engine == "torch-eager":  # one weight is one percent larger
                model.layers[-1].weight[0] *= 1.01
            if engine == "onnxruntime":  # height and width are exchanged
                return dataclasses.replace(
                    ready, take=lambda inputs: ready.take(tuple(x.transpose(2, 3).contiguous() for x in inputs))
                )
            if engine == "relax-scheduled":  # each output stands one place further on
                return dataclasses.replace(ready, call=lambda *inputs: numpy.roll(ready.call(*inputs).numpy(), 1))
            return ready

        engines.prepare = broken
"""


def parsed(**content: object) -> Config:
    return parse_config(json.dumps(content), Config, name="config.json")


def test_defaults():
    """Nothing but `active` is needed; counts are the predecessor's, and nothing is tuned unless asked for."""
    config = parsed(active=True)
    assert axis_values(config) == {
        "network": ["resnet-18", "mobilenet", "nature-dqn", "vgg-16", "dcgan"],
        "device": ["cpu"],
        "batch_size": [1],
        "engine": ["relax", "relax-scheduled", "torch-eager", "torch-compile", "onnxruntime"],
        "threads": [1],
    }
    assert (config.dry_run, config.n_inputs, config.n_times_per_input) == (8, 3, 10)


@pytest.mark.parametrize(
    ("old", "engines"),
    [
        ({"frameworks": ["pt", "relay"]}, ["relax-scheduled", "torch-eager", "torch-compile"]),
        ({"frameworks": ["relay"], "relay_opt": 2, "use_xla": False}, ["relax"]),
        ({"frameworks": ["relay"], "relay_opt": 4, "use_xla": False}, ["relax-tuned"]),
        ({"relay_opt": 3, "use_xla": True}, ["relax-scheduled", "torch-eager", "torch-compile"]),
        ({"use_xla": False}, ["relax-scheduled", "torch-eager"]),
    ],
    ids=json.dumps,
)
def test_predecessors_words(old, engines):
    """The predecessor's keys choose the engines that have taken their places; its devices and counts are taken too."""
    config = parsed(**old, devices=["gpu"], n_times=7)
    assert (config.engines, config.devices, config.n_times_per_input) == (engines, ["cuda"], 7)
    assert not {"frameworks", "n_times"}.intersection(config.model_dump())


@pytest.mark.parametrize("gone", ["mxnet", "tf"])
def test_frameworks_that_are_gone(gone):
    """A framework that is not measured any more is refused in one line, which names what has its place."""
    with pytest.raises(ConfigError, match=f"frameworks: {gone} is not measured any more, .*torch.* its place"):
        parsed(frameworks=["pt", gone])


@pytest.mark.parametrize(
    "wrong",
    [
        {"networks": ["alexnet"]},
        {"engines": ["tensorflow"]},
        {"engines": []},
        {"thread_counts": [0]},
        {"batch_sizes": [0]},
        {"relay_opt": 5},
        {"frameworks": []},
        {"tuning_trials": 0},
        {"tuning_cost_model": "guess"},
        {"tuning_budget_s": 1800},
        {"engines": ["relax"], "relay_opt": 3},
        {"n_times_per_input": 3, "n_times": 3},
    ],
    ids=json.dumps,
)
def test_wrong_configs(wrong):
    """What cannot be measured, or is said twice, is refused, and the fault names the key."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parsed(**wrong)


def test_long_tuning_needs_a_long_timeout():
    """Tuning may go on for long where a test may, too."""
    assert parsed(tuning_budget_s=7200, timeout_s=9000).tuning_limit_s == 7200
    assert parsed(timeout_s=60).tuning_limit_s == 40


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parents[3].name)
def test_shipped_configs(path):
    """The configs of both sample homes are in order, and measure Relax beside torch."""
    config = read_config(path, Config, mandatory=["active"])
    assert {"relax-scheduled", "torch-eager", "onnxruntime"} <= set(config.engines)


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch: the process that only collects imports it too."""
    code = "import sys, bench.test_cnn_comp; print({'tvm', 'torch'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


def home_of(folder: Path, **config: object) -> Path:
    place = folder / "home/config/experiments/cnn_comp"
    place.mkdir(parents=True)
    counts = {"dry_run": 1, "n_inputs": 2, "n_times_per_input": 3}
    (place / "config.json").write_text(json.dumps({"active": True, "networks": ["nature-dqn"], **counts, **config}))
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (folder / "home/config.json").write_text(json.dumps(places))
    return folder / "home"


@pytest.fixture(scope="module")
def good_and_bad(tmp_path_factory):
    """A night with every engine but torch.compile, in which three of them are wrong for batches of two."""
    folder = tmp_path_factory.mktemp("night")
    (folder / "breaking.py").write_text(BREAKING)
    home = home_of(folder, engines=ENGINES, batch_sizes=[1, 2], tuning_trials=TRIALS)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pytest", "bench/test_cnn_comp.py", "--home", str(home), "-p", "breaking"]
    command += ["-k", "not relax-tuned-nature-dqn-cpu-2", "-p", "no:cacheprovider"]  # one tuning is enough
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, env=environment)
    (file,) = home.glob("results/experiments/data/cnn_comp/data_*.json")
    return home, run, read_record(file).measurements


def test_night(good_and_bad):
    """Every engine has a time, for every input as often as asked for, and what compiling took.

    Engines that use no TVM have none in their process.
    """
    _, _, measurements = good_and_bad
    found = {(m.params["engine"], m.metric): m for m in measurements if m.params["batch_size"] == 1}
    for engine in ENGINES:
        assert found[engine, "time"].stats.n == 6
        assert (engine, "compile") in found or engine == "torch-eager"
    assert found["relax-scheduled", "time"].value * 5 < found["relax", "time"].value
    assert found["relax-scheduled", "kernels"].value == found["relax-tuned", "kernels"].value == 5


def test_tuning_is_told_apart(good_and_bad):
    """Seconds and trials of the tuning are metrics of their own, and no part of the compile time."""
    home, _, measurements = good_and_bad
    found = {m.metric: m.value for m in measurements if m.params["engine"] == "relax-tuned"}
    assert found["tuning_trials"] == TRIALS
    assert found["compile"] < 5 < found["tuning"] + 5
    assert 0 <= found["untuned_kernels"] <= 5
    (kernels,) = (home / "setup").glob("tuning-*/content/kernels.json")
    rows = json.loads(kernels.read_text())
    better = [row["kernel"] for row in rows if row["tuned_s"] and row["tuned_s"] < row["scheduled_s"]]
    assert len(rows) - len(better) == found["untuned_kernels"]


def test_summary_and_graphs(good_and_bad, tmp_path):
    """The summary tells ratios over torch; there are bars of times, bars of ratios, and lines."""
    home, _, _ = good_and_bad
    history = Table(open_home(home))
    history.refresh()
    table = history.frame()
    assert re.search(r"batch size 1: torch-eager .*relax-tuned [0-9.]+×", summarize(expand_params(table)))
    names = [path.name for graph in graphs for path in draw(graph, table, table, tmp_path, "cnn_comp")]
    assert len(names) >= 4
    assert any("relative" in name for name in names)


def test_wrong_outputs_have_no_time(good_and_bad):
    """One wrong weight, exchanged axes, shifted outputs: each fails and leaves no row; the right engine has its own."""
    home, run, measurements = good_and_bad
    assert run.returncode == 1
    assert run.stdout.count("OutputMismatchError: output differs from the reference") >= 3
    assert {m.params["engine"] for m in measurements if m.params["batch_size"] == 2} == {"relax"}
    status = json.loads((home / "results/experiments/status/cnn_comp/run.json").read_text())
    assert not status["success"]
