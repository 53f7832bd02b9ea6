"""The experiment relay_opt: its config, and a whole run of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from bench.test_relay_opt import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.reading import parse_config, read_config

ROOT = Path(__file__).parents[2]
PLACES = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
SAMPLE = ROOT / "home/config/experiments/relay_opt/config.json"


def test_defaults():
    """Nothing but `active` is needed; the rest is what the predecessor had, with the levels of today."""
    config = parse_config('{"active": true}', Config, name="config.json")
    assert axis_values(config) == {
        "network": ["resnet-18", "mobilenet", "nature-dqn", "vgg-16", "dcgan"],
        "device": ["cpu"],
        "batch_size": [1],
        "opt_level": [0, 1, 2, 3],
    }
    assert (config.dry_run, config.n_inputs, config.n_times_per_input) == (8, 3, 10)
    assert (config.set_seed, config.seed) == (False, 0)


def test_gpu_is_cuda():
    """The predecessor's name of the device is taken, and measured once beside the new one."""
    config = parse_config('{"devices": ["gpu", "cuda"]}', Config, name="config.json")
    assert axis_values(config)["device"] == ["cuda"]


def test_predecessors_count():
    """`n_times` is taken for `n_times_per_input`, and refused beside it."""
    assert parse_config('{"n_times": 7}', Config, name="config.json").n_times_per_input == 7
    with pytest.raises(ConfigError, match="say the same: leave out the latter"):
        parse_config('{"n_times": 7, "n_times_per_input": 7}', Config, name="config.json")


@pytest.mark.parametrize(
    "wrong",
    [
        {"networks": ["alexnet"]},
        {"networks": []},
        {"devices": ["tpu"]},
        {"batch_sizes": [0]},
        {"batch_sizes": [1.5]},
        {"opt_levels": [5]},
        {"tuning_trials": 0},
        {"opt_levels": [True]},
        {"opt_level": [1]},
        {"dry_run": -1},
        {"n_inputs": 0},
    ],
    ids=json.dumps,
)
def test_wrong_configs(wrong):
    """What cannot be measured is refused, and the fault names the key."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parse_config(json.dumps(wrong), Config, name="config.json")


def test_sample_is_quick_yet_covers_all_levels():
    """The sample home measures the smallest network and a real one at every level."""
    config = read_config(SAMPLE, Config, mandatory=["active"])
    assert {"nature-dqn", "resnet-18"} <= set(config.networks)
    assert config.opt_levels == [0, 1, 2, 3]


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch: the process that only collects imports it too."""
    code = "import sys, bench.test_relay_opt; print({'tvm', 'torch'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


@pytest.mark.parametrize("experiment", ["relay_opt", "cnn_comp", "operators"])
def test_networks_follow_each_other(experiment, tmp_path):
    """Tests run in the order of the config's axes: what is done to a network, or operator, comes together."""
    axes = {
        "relay_opt": {"active": True, "devices": ["cpu", "cuda"], "opt_levels": [0, 3, 4]},
        "cnn_comp": {"active": True, "engines": ["relax", "relax-tuned", "torch-eager"], "batch_sizes": [1, 2]},
        "operators": {"active": True, "engines": ["relax", "relax-tuned", "numpy"]},
    }
    folder = tmp_path / f"home/config/experiments/{experiment}"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(axes[experiment]))
    (tmp_path / "home/config.json").write_text(json.dumps(PLACES))
    command = [sys.executable, "-m", "pytest", f"bench/test_{experiment}.py", "--home", str(tmp_path / "home")]
    command += ["--collect-only", "-q", "-p", "no:cacheprovider"]
    text = subprocess.check_output(command, cwd=ROOT, text=True)
    subjects = re.findall(
        r"::test_\w+\[.*?(resnet-18|mobilenet|nature-dqn|vgg-16|dcgan|matmul|conv2d|softmax|layer_norm|attention)", text
    )
    engines = re.findall(r"::test_\w+\[(relax-tuned|relax|torch-eager|numpy)", text)
    runs = [key for key, _ in groupby(zip(engines, subjects, strict=True) if engines else subjects)]
    assert len(runs) == len(set(runs)) >= 3


@pytest.fixture
def home(tmp_path):
    """A home that measures Nature-DQN at the levels 0, 3 and 4."""
    config = {"active": True, "networks": ["nature-dqn"], "opt_levels": [0, 3, 4], "dry_run": 1, "n_inputs": 2}
    folder = tmp_path / "home/config/experiments/relay_opt"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({**config, "n_times_per_input": 3, "tuning_trials": 5}))
    (tmp_path / "home/config.json").write_text(json.dumps(PLACES))
    return tmp_path / "home"


def test_run(home):
    """A night measures time, kernels, compile time, artifact size and memory of each level; O4 is tuned in it."""
    arguments = ["bench/test_relay_opt.py", "--home", str(home), "-p", "no:cacheprovider"]
    subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False, capture_output=True)
    (file,) = home.glob("results/experiments/data/relay_opt/data_*.json")
    found = {(m.params["opt_level"], m.metric): m for m in read_record(file).measurements}
    assert {metric for _, metric in found} >= {"time", "first_run", "kernels", "compile", "artifact_size"}
    assert found[0, "time"].stats.n == 6
    assert found[3, "time"].value < found[0, "time"].value
    assert found[3, "kernels"].value < found[0, "kernels"].value
    assert found[4, "time"].value < found[0, "time"].value
    assert found[4, "tuning_trials"].value == 5
    assert (found[3, "kernels"].unit, found[3, "kernels"].direction) == ("1", "lower")
