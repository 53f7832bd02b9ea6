"""The experiment remote_device: its config, and nights of it with a real tracker and with a board that is silent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bench.remote.telling import summary
from bench.test_remote_device import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.reading import parse_config, read_config

from .rpc import LOOPBACK, silent_port, tracker_with_servers

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("home*/config/experiments/remote_device/config.json"))


def parsed(**keys):
    """A config of these keys."""
    return parse_config(json.dumps(keys), Config, name="config.json")


def test_defaults():
    """Counts and times are the predecessor's; the board is a server of our own."""
    config = parsed(active=True)
    assert axis_values(config) == {
        "network": ["resnet-18"],
        "number_type": ["float32", "float16", "int8"],
        "batch_size": [1],
    }
    assert (config.n_times, config.num_reps, config.remote_timeout_s) == (4, 3, 300)
    assert (config.connection, config.port, config.tracker_port, config.target) == ("local", 9091, 9190, None)


def test_predecessors_words():
    """A config of the predecessor goes on to say where the board is, how long to wait and what to run."""
    config = parsed(
        connection="direct", pynq_rpc_host="192.168.2.99", pynq_rpc_port=9092, timeout=7.5, models=["resnet18_v1"]
    )
    assert (config.host, config.port, config.remote_timeout_s) == ("192.168.2.99", 9092, 7.5)
    assert config.networks == ["resnet-18"]
    assert "pynq_rpc_host" not in config.model_dump()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"targets": ["pynq"]}, "there is no VTA in TVM any more"),
        ({"devices": ["vta", "arm_cpu"]}, "there is no VTA in TVM any more"),
        ({"models": ["vgg"]}, "networks"),
        ({"models": "resnet18_v1"}, "models"),
        ({"models": []}, "models"),
        ({"timeout": 1, "remote_timeout_s": 2}, "say the same"),
        ({"connection": "direct"}, "`host`"),
        ({"connection": "tracker", "tracker_host": "x"}, "`key`"),
        ({"connection": "serial"}, "connection"),
        ({"port": 70000}, "port"),
        ({"remote_timeout_s": 0}, "remote_timeout_s"),
        ({"number_types": ["int4"]}, "number_types"),
        ({"num_reps": 0}, "num_reps"),
        ({"target": "llvm"}, "target"),
    ],
    ids=str,
)
def test_wrong_configs(wrong, told):
    """What cannot be is refused, and the fault tells what to write instead."""
    with pytest.raises(ConfigError, match=told):
        parsed(**wrong)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parents[3].name)
def test_configs_in_the_checkout(path):
    """The homes of the checkout hold configs that can be run without a board."""
    assert read_config(path, Config, mandatory=["active"]).connection == "local"


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch: the process that only collects imports it too."""
    code = "import sys, bench.test_remote_device; print({'tvm', 'torch'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


def night(home, **config):
    """A night of this experiment and of `matmul`: its output and, by experiment, what was measured."""
    experiments = {
        "remote_device": {"networks": ["nature-dqn"], "n_times": 2, "num_reps": 3, **config},
        "matmul": {"sizes": [64], "dtypes": ["float32"], "budget_s": 0.05},
    }
    for name, keys in experiments.items():
        folder = home / "config/experiments" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({"active": True, **keys}))
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (home / "config.json").write_text(json.dumps(places))
    modules = [f"bench/test_{name}.py" for name in experiments]
    command = [sys.executable, "-m", "pytest", *modules, "--home", str(home), "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    records = (read_record(path) for path in home.glob("results/experiments/data/*/data_*.json"))
    return done.stdout, {record.experiment: record.measurements for record in records}


def test_night_with_a_tracker(tmp_path):
    """Each number type is timed on a board that a tracker hands out; drift grows as bits get fewer."""
    with tracker_with_servers(["board", "board"]) as boards:
        where = {"tracker_host": LOOPBACK, "tracker_port": boards.tracker.port, "key": "board"}
        output, measured = night(
            tmp_path / "home", connection="tracker", number_types=["float32", "int8"], remote_timeout_s=60, **where
        )
    found = {(m.params["number_type"], m.metric): m for m in measured["remote_device"]}
    metrics = {"time", "upload", "load", "round_trip", "artifact_size", "kernels", "drift", "compile", "peak_memory"}
    assert {metric for _, metric in found} == metrics, output
    assert found["float32", "time"].stats.n == 3
    assert found["float32", "drift"].value < 1e-3 < found["int8", "drift"].value < 20
    assert found["int8", "drift"].unit == "%"
    assert found["float32", "artifact_size"].value > 1_693_362 * 4
    assert "trusted network" not in output  # loopback needs no warning
    summarised = (tmp_path / "home/results/experiments/summary/remote_device/summary.json").read_text()
    assert "int8" in summarised


def test_night_with_a_silent_board(tmp_path):
    """A board that does not answer fails its test in time, in one line with host and port; the night goes on."""
    with silent_port() as port:
        output, measured = night(
            tmp_path / "home",
            connection="direct",
            host=LOOPBACK,
            port=port,
            number_types=["float32"],
            remote_timeout_s=1,
        )
    assert f"{LOOPBACK}:{port} is busy, or does not answer: 1 s are over" in output
    assert "Traceback" not in output
    assert "remote_device" not in measured
    assert {m.metric for m in measured["matmul"]} >= {"time"}


def test_summary():
    """Fewer bits are told beside float32, with what they gain and how far off they are."""
    values = {
        "float32": {"time": 0.030, "drift": 1e-6, "upload": 0.1, "load": 0.01, "round_trip": 1e-4},
        "int8": {"time": 0.012, "drift": 3.1, "upload": 0.2, "load": 0.01, "round_trip": 1e-4},
    }
    rows = [
        {"run_id": "1", "network": "resnet-18", "batch_size": 1, "number_type": kind, "metric": metric, "value": value}
        for kind, metrics in values.items()
        for metric, value in metrics.items()
    ]
    assert summary(pd.DataFrame(rows)).splitlines() == [
        "Remote device: time of a call by the board's own clock",
        "resnet-18: float32 30 ms, int8 12 ms (2.50×, drift 3.10 %)",
        "the way there, at most: sending 200 ms, loading 10 ms, a question and its answer 100 µs",
    ]
