"""The experiment compile_time: its config, a night of it, and an output that differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.compile_phases.ledger import split
from bench.compile_phases.names import COMPILING, PHASES
from bench.compile_phases.pictures import draw_ledgers
from bench.compile_phases.telling import summary
from bench.passes.clock import Span
from bench.test_compile_time import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.history.table import frame_of
from pytest_relaybench.reading import parse_config, read_config
from pytest_relaybench.render.series import expand_params

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("home*/config/experiments/compile_time/config.json"))

# in the process that compiles, what comes out for `gru` is turned round
BREAKING = """
import dataclasses

import pytest


def keep_ledger(tell, model, *rest):
    from bench.compile_phases.ledger import keep_ledger as right

    ledger = right(tell, model, *rest)
    return dataclasses.replace(ledger, output=-ledger.output) if model == "gru" else ledger


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if hasattr(item, "callspec"):
        import bench.compile_phases.ledger

        bench.compile_phases.ledger.keep_ledger = keep_ledger
"""


def parsed(**content: object) -> Config:
    return parse_config(json.dumps(content), Config, name="config.json")


def test_defaults():
    """Nothing but `active` is needed: all but the largest models, at level 3, once."""
    config = parsed(active=True)
    values = axis_values(config)
    assert (values["device"], values["batch_size"], values["opt_level"]) == (["cpu"], [1], [3])
    assert {"resnet-18", "lstm", "transformer-layer"} <= set(values["network"])
    assert "vgg-16" not in values["network"]
    assert config.processes == 1
    assert parsed(devices=["gpu"]).devices == ["cuda"]


@pytest.mark.parametrize(
    "wrong",
    [{"networks": ["alexnet"]}, {"networks": []}, {"opt_levels": [4]}, {"processes": 0}, {"process_timeout_s": 0}],
    ids=json.dumps,
)
def test_wrong_configs(wrong):
    """What cannot be measured is refused, and the fault names the key."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parsed(**wrong)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parents[3].name)
def test_shipped_configs(path):
    """The configs of both sample homes are in order."""
    assert 3 in read_config(path, Config, mandatory=["active"]).opt_levels


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch."""
    code = "import sys, bench.test_compile_time; print({'tvm', 'torch'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


def test_split():
    """Passes end at the last that changes the graph; what no pass accounts for is code generation."""
    spans = [
        Span("FoldConstant", 1, 0.0, 3.0),
        Span("KernelCounter", 1, 3.0, 0.0),
        Span("ScheduleForCPU", 1, 3.0, 1.0),
        Span("_pipeline", 1, 4.0, 0.5),
        Span("sequential", 0, 0.0, 4.5),
        Span("_pipeline", 0, 5.0, 1.5),
    ]
    assert split(spans, 10.0) == {"passes": 3.0, "schedule": 1.0, "lower": 2.0, "codegen": 4.0}


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night of two models, two processes each, one of which computes something else."""
    folder = tmp_path_factory.mktemp("night")
    (folder / "breaking.py").write_text(BREAKING)
    place = folder / "home/config/experiments/compile_time"
    place.mkdir(parents=True)
    (place / "config.json").write_text(
        json.dumps({"active": True, "networks": ["rnn", "gru"], "batch_sizes": [1, 8], "processes": 2})
    )
    home = folder / "home"
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (home / "config.json").write_text(json.dumps(places))
    arguments = ["bench/test_compile_time.py", "--home", str(home), "-p", "breaking", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    (file,) = home.glob("results/experiments/data/compile_time/data_*.json")
    return run, read_record(file)


def test_ledger(night):
    """Every phase has its seconds; together they are the time to the first output, of the faster process at least."""
    _, record = night
    found = {m.metric: m for m in record.measurements}
    assert set(PHASES) <= set(found)
    assert found["time"].stats.n == 2
    assert 0.5 * found["time"].value < sum(found[phase].value for phase in PHASES) <= found["time"].value
    assert found["compile"].value >= sum(found[phase].value for phase in COMPILING) > 0
    assert found["artifact_size"].value > 128 * 128 * 4  # weights alone
    assert 0 < found["compile_memory"].value < found["peak_memory"].value
    assert min(found[phase].value for phase in PHASES) >= 0


def test_summary_and_pictures(night, tmp_path):
    """The summary tells the longest phases, and a picture has all of them."""
    _, record = night
    table = expand_params(frame_of(record))
    text = summary(table)
    assert "rnn: " in text
    assert "to the first output" in text
    draw_ledgers(table, tmp_path)
    names = {path.name for path in tmp_path.glob("comparison/*.png")}
    assert {"compile_time-phases-cpu-opt_level_3.png", "compile_time-artifact_size-cpu-opt_level_3.png"} <= names


def test_wrong_output_has_no_time(night):
    """A compiled model that computes something else is refused: nothing of it is stored."""
    run, record = night
    assert run.returncode == 1
    assert "OutputMismatchError: output" in run.stdout
    assert {m.params["network"] for m in record.measurements} == {"rnn"}


def test_one_input_is_no_batch(night):
    """A model that has one input is not measured under the name of a batch; the skip says so."""
    _, record = night
    assert {m.params["batch_size"] for m in record.measurements} == {1}
    skipped = {test.message.rpartition("Skipped: ")[2] for test in record.tests if test.outcome == "skipped"}
    assert skipped == {f"{name} has one input, and no batch of 8" for name in ("rnn", "gru")}
