"""The experiment pass_comparison: its config, and a night of it in which one list of passes computes something else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bench.passes.labels import names_of, series_of
from bench.passes.pictures import draw_passes
from bench.passes.specs import PRESETS
from bench.passes.telling import longest_list, shortest_of_the_fastest, summary
from bench.test_pass_comparison import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.history.table import frame_of
from pytest_relaybench.reading import parse_config, read_config
from pytest_relaybench.render.series import expand_params

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("home*/config/experiments/pass_comparison/config.json"))
FUSED, FOLDED, BROKEN = "3;FuseOps", "3;FuseOps|FoldConstant", "3;DeadCodeElimination"

BREAKING = """
import numpy
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if hasattr(item, "callspec") and "DeadCodeElimination" in item.callspec.params["pass_spec"]:
        from bench.engines import relax_engine

        right = relax_engine.runner
        relax_engine.runner = lambda *given: lambda *inputs: numpy.roll(right(*given)(*inputs).numpy(), 1)
"""


def parsed(**content: object) -> Config:
    return parse_config(json.dumps(content), Config, name="config.json")


def test_defaults():
    """Nothing but `active` is needed: both series, scheduled; counts are the predecessor's."""
    config = parsed(active=True)
    values = axis_values(config)
    assert values["network"] == ["resnet-18", "mobilenet", "nature-dqn"]
    assert (values["device"], values["batch_size"], values["scheduled"]) == (["cpu"], [1], [True])
    assert values["pass_spec"] == list({**PRESETS["cumulative"], **PRESETS["leave_one_out"]})
    assert (config.dry_run, config.n_inputs, config.n_times_per_input) == (8, 3, 10)


def test_specs_in_the_predecessors_words():
    """A spec is a level with a pass or several, by old names or new ones; `schedule` is one value or both."""
    config = parsed(pass_specs=[[0, ""], [3, "FoldScaleAxis"], [2, ["AlterOpLayout", "FuseOps"]]], schedule=False)
    assert axis_values(config)["pass_spec"] == ["0;", "3;FoldBatchnormToConv2D", "2;FuseOps|ConvertLayout"]
    assert axis_values(config)["scheduled"] == [False]
    assert axis_values(parsed(schedule=[True, False]))["scheduled"] == [True, False]
    assert parsed(devices=["gpu"]).devices == ["cuda"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pass_specs": []},
        {"pass_specs": [[3, "PartialEvaluate"]]},
        {"pass_specs": [[4, "FuseOps"]]},
        {"pass_specs": 3},
        {"schedule": "yes"},
        {"schedule": []},
        {"networks": ["alexnet"]},
        {"n_inputs": 0},
    ],
    ids=json.dumps,
)
def test_wrong_configs(wrong):
    """What cannot be measured is refused, and the fault names the key."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parsed(**wrong)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parents[3].name)
def test_shipped_configs(path):
    """The configs of both sample homes are in order, and have something to compare with."""
    assert "0;" in read_config(path, Config, mandatory=["active"]).pass_specs


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch nor matplotlib: who only collects imports it too."""
    code = "import sys, bench.test_pass_comparison; print({'tvm', 'torch', 'matplotlib'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night of Nature-DQN with four lists of passes, one of whose outputs is shifted by a place."""
    folder = tmp_path_factory.mktemp("night")
    (folder / "breaking.py").write_text(BREAKING)
    place = folder / "home/config/experiments/pass_comparison"
    place.mkdir(parents=True)
    specs = [[0, ""], [3, "FuseOps"], [3, ["FuseOps", "FoldConstant"]], [3, "DeadCodeElimination"]]
    config = {"active": True, "networks": ["nature-dqn"], "pass_specs": specs, "dry_run": 1, "n_inputs": 2}
    (place / "config.json").write_text(json.dumps({**config, "n_times_per_input": 5}))
    home = folder / "home"
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (home / "config.json").write_text(json.dumps(places))
    arguments = ["bench/test_pass_comparison.py", "--home", str(home), "-p", "breaking", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    (file,) = home.glob("results/experiments/data/pass_comparison/data_*.json")
    return home, run, read_record(file)


def test_night(night):
    """Each list has time, kernels, compile time and the seconds of each of its passes; folding pays, fusing merges."""
    _, _, record = night
    found = {(m.params["pass_spec"], m.metric): m for m in record.measurements}
    for spec in ("0;", FUSED, FOLDED):
        assert {(spec, metric) for metric in ("time", "kernels", "compile", "artifact_size")} <= set(found)
        assert found[spec, "time"].stats.n == 10
    assert found[FUSED, "kernels"].value < found["0;", "kernels"].value
    assert found[FOLDED, "time"].value * 1.5 < found["0;", "time"].value
    assert 0 < found[FOLDED, "pass.FoldConstant"].value < found[FOLDED, "compile"].value
    assert {metric for spec, metric in found if spec == FUSED and metric.startswith("pass.")} == {"pass.FuseOps"}
    assert found["0;", "time"].params["scheduled"] is True


def test_wrong_output_has_no_time(night):
    """A list of passes that computes something else fails and leaves no row; the others have theirs."""
    _, run, record = night
    assert run.returncode == 1
    assert "OutputMismatchError: output differs from the reference" in run.stdout
    assert BROKEN not in {m.params["pass_spec"] for m in record.measurements}


def test_pictures_have_short_labels(night):
    """Failed experiments are told by their statuses; what was measured can be drawn and summed up all the same."""
    home, _, record = night
    table = expand_params(frame_of(record))
    folder = home / "drawn"
    draw_passes(table, folder)
    names = {path.stem for path in folder.glob("comparison/*.png")}
    assert {"pass_comparison-cumulative-cpu-nature-dqn", "pass_comparison-pass_time-cpu"} <= names
    assert any("speedup" in name for name in names)
    text = summary(table)
    assert "nature-dqn: no pass" in text
    assert "+ FoldConstant" in text
    assert "slowest pass: FoldConstant" in text


LONG = "3;FuseOps|FoldConstant|EliminateCommonSubexpr|StaticPlanBlockMemory"
LONGER = "3;FuseOps|FoldConstant|RemoveRedundantReshape|DeadCodeElimination|StaticPlanBlockMemory"


def rows(**values: dict[str, float]) -> pd.DataFrame:
    """Rows of one night: metric → list of passes → value; "pass_" for "pass."."""
    common = {
        "run_id": "20261122T000000.000000Z", "timestamp": pd.Timestamp("2026-11-22", tz="UTC"), "machine": "m",
        "experiment": "pass_comparison", "test": "test_inference", "variant": "installed", "tvm_hash": "v",
        "direction": "lower", "derived": False, "n": 1, "min": 1.0, "network": "dqn", "device": "cpu", "batch_size": 1,
        "scheduled": True,
    }  # fmt: skip
    names = ("network", "device", "batch_size", "scheduled")
    return pd.DataFrame(
        {
            **common, "metric": metric.replace("pass_", "pass."), "pass_spec": spec, "value": value, "unit": "s",
            "params": json.dumps({"pass_spec": spec, **{name: common[name] for name in names}}),
        }
        for metric, found in values.items()
        for spec, value in found.items()
    )  # fmt: skip


def test_lists_of_no_series_have_labels():
    """Short ones are named by their passes, long ones are numbered, the summary has the key; beside all is no pass."""
    there = ["0;", FUSED, FOLDED, LONG, LONGER, "2;FoldConstant", "3;FoldConstant"]
    everything = dict.fromkeys(there, 1.0)
    table = rows(time=everything, kernels=everything, compile=everything)
    labels = series_of(table)["other"]
    assert list(labels.values()) == ["no pass", "list 1", "list 2", "FoldConstant (level 2)", "FoldConstant"]
    assert names_of(table)[FOLDED] == "+ FoldConstant"
    lines = summary(table).splitlines()
    assert lines[-2] == "list 1: FuseOps, FoldConstant, EliminateCommonSubexpr, StaticPlanBlockMemory"
    assert lines[-1].startswith("list 2: FuseOps, FoldConstant, RemoveRedundantReshape, ")


def test_no_picture_of_a_lone_bar(tmp_path):
    """A list of no series without one to compare it with has lines, and no bars of its own."""
    table = rows(time={FUSED: 1.0, FOLDED: 1.0, LONG: 1.0}, kernels={FUSED: 1.0, FOLDED: 1.0, LONG: 1.0},
                 compile={FUSED: 1.0, FOLDED: 1.0, LONG: 1.0})  # fmt: skip
    draw_passes(table, tmp_path)
    names = {path.stem for path in tmp_path.rglob("*.png")}
    assert "longitudinal-pass_comparison-other-cpu-dqn" in names
    assert not {name for name in names if name.startswith("pass_comparison-other")}
    assert "pass_comparison-cumulative-cpu-dqn" in names


def test_noise_does_not_choose_the_best():
    """Of lists within 2 % of the fastest the shortest is named, and its own time is told."""
    assert shortest_of_the_fastest({"0;": 5.0, FUSED: 1.03, FOLDED: 1.01, LONG: 1.0}) == FOLDED
    times = {"0;": 5e-3, FUSED: 2e-3, FOLDED: 1.01e-3, LONG: 1e-3}
    table = rows(time=times, kernels=dict.fromkeys(times, 3.0), compile=dict.fromkeys(times, 1.0))
    assert "dqn: no pass 5 ms, + FoldConstant 1.01 ms (×4.95, the shortest list within 2 % of" in summary(table)


def test_summary_and_picture_tell_one_list(tmp_path, monkeypatch):
    """The slowest pass is that of the longest list in both, though another list has a slower one."""
    both = {FUSED: 1.0, FOLDED: 0.5}
    table = rows(time=both, kernels=both, compile=both, pass_FuseOps={FUSED: 0.4, FOLDED: 0.1},
                 pass_FoldConstant={FOLDED: 0.2})  # fmt: skip
    assert longest_list(table) == FOLDED
    assert "slowest pass: FoldConstant 200 ms, 40 % of compiling the longest list" in summary(table)
    drawn = []
    monkeypatch.setattr("bench.passes.pictures.draw", lambda graph, rows, *_: drawn.append((graph, rows)) or [])
    draw_passes(table, tmp_path)
    ((_, shown),) = [pair for pair in drawn if pair[0].metric == "pass_time"]
    assert sorted(shown["value"]) == [0.1, 0.2]
