"""The experiment import_coverage: its config, and a night with cells that work, differ, fail and crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench import test_import_coverage
from bench.coverage.attempt import Attempt, conclude, difference, first_line
from bench.coverage.cases import CASES
from bench.coverage.names import OWN_MODELS
from bench.coverage.picture import draw_coverage
from bench.coverage.telling import summary
from bench.fresh_process import Answer
from bench.test_import_coverage import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.measure.correctness import OutputMismatchError, check_output
from pytest_relaybench.reading import parse_config, read_config

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("home*/config/experiments/import_coverage/config.json"))

# in the process that tries a cell, `gru` meets its end when it is compiled
CRASHING = """
import os
import signal

import pytest


def attempt(tell, model, route):
    from bench.coverage.attempt import attempt as right

    if model != "gru-cell":
        return right(tell, model, route)
    tell(("compile", 4096))
    os.kill(os.getpid(), signal.SIGSEGV)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if hasattr(item, "callspec"):
        import bench.coverage.attempt

        bench.coverage.attempt.attempt = attempt
"""


def parsed(**content: object) -> Config:
    return parse_config(json.dumps(content), Config, name="config.json")


def test_defaults():
    """Nothing but `active` is needed: all models of our own, by both routes."""
    assert axis_values(parsed(active=True)) == {"model": list(OWN_MODELS), "route": ["torch.export", "onnx"]}


def test_architectures_are_named_freely():
    """Any model type of transformers may be named; whether there is one is found out when it is made."""
    assert parsed(models=["transformers:bert", "lstm"]).models == ["transformers:bert", "lstm"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"models": ["bert"]},
        {"models": []},
        {"models": ["transformers:"]},
        {"routes": ["tflite"]},
        {"cell_timeout_s": 0},
    ],
    ids=json.dumps,
)
def test_wrong_configs(wrong):
    """What cannot be tried is refused, and the fault names the key."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parsed(**wrong)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parents[3].name)
def test_shipped_configs(path):
    """The configs of both sample homes are in order, and try both routes."""
    assert read_config(path, Config, mandatory=["active"]).routes == ["torch.export", "onnx"]


def test_every_name_has_a_case():
    """Each model that a config may name can be made."""
    assert list(CASES) == list(OWN_MODELS)


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch nor transformers."""
    code = "import sys, bench.test_import_coverage; print({'tvm', 'torch', 'transformers'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


@pytest.mark.parametrize(
    ("model", "route", "command"),
    [
        ("transformers:bert", "torch.export", "pip install transformers"),
        ("lstm", "onnx", "pip install onnx onnxscript"),
    ],
)
def test_what_is_not_installed_is_skipped(model, route, command, monkeypatch):
    """A cell whose packages are not there is skipped with the command that installs them."""
    monkeypatch.setattr(test_import_coverage, "_is_there", lambda _: False)
    with pytest.raises(pytest.skip.Exception, match=command):
        test_import_coverage._skip_what_is_not_installed(model, route)
    test_import_coverage._skip_what_is_not_installed("lstm", "torch.export")


@pytest.mark.parametrize("garbage", [np.float32(-1.14928705e27), np.float32(np.nan)])
def test_differences_have_no_magnitude(garbage):
    """How many elements differ is told, where they are and by how much is not: that is another number each night."""
    with pytest.raises(OutputMismatchError) as caught:
        check_output(np.array([1, garbage, 3]), np.array([1, 2, 3]), rtol=0, atol=0)
    assert difference(caught.value) == "in 1 of 3 elements"


def test_messages_are_one_line():
    """Of an error, the kind and the first line are kept; of a dead process, the stage that it told last."""
    assert first_line(ValueError("\n  no such operator: GRU\nat line 7")) == "ValueError: no such operator: GRU"
    assert first_line(KeyError()) == "KeyError"
    dead = Answer(None, (("export", 1), ("import", 2)), "killed by SIGSEGV")
    assert conclude(dead) == Attempt("fails", "import", "killed by SIGSEGV")
    assert conclude(Answer(None, (), "killed by SIGKILL")).stage == "build"


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night of four models, one of which ends its process."""
    folder = tmp_path_factory.mktemp("night")
    (folder / "crashing.py").write_text(CRASHING)
    place = folder / "home/config/experiments/import_coverage"
    place.mkdir(parents=True)
    models = ["lstm", "last-step", "dynamic-batch", "gru-cell"]
    (place / "config.json").write_text(json.dumps({"active": True, "models": models}))
    home = folder / "home"
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (home / "config.json").write_text(json.dumps(places))
    arguments = ["bench/test_import_coverage.py", "--home", str(home), "-p", "crashing", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    (file,) = home.glob("results/experiments/data/import_coverage/data_*.json")
    return home, run, read_record(file)


def test_cells(night):
    """Cells work, differ, fail or crash, each with its note; none of that fails the night."""
    _, run, record = night
    assert run.returncode == 0
    cells = {
        (m.params["model"], m.params["route"]): (m.value, m.note) for m in record.measurements if m.metric == "coverage"
    }
    assert len(cells) == 8
    assert cells["lstm", "torch.export"] == (1.0, "")
    assert cells["dynamic-batch", "torch.export"] == cells["dynamic-batch", "onnx"] == (1.0, "")
    value, note = cells["lstm", "onnx"]
    assert value == 0
    assert note.startswith("import: OpNotImplemented: ")
    assert note.endswith("LSTM")
    # TVM 0.27 reads `y[:, -1]` out of bounds
    value, note = cells["last-step", "torch.export"]
    assert value == 0.5
    assert note == "compare: in 32 of 32 elements"  # numbers from beyond the array are others each night
    assert cells["gru-cell", "onnx"] == (0.0, "compile: killed by SIGSEGV")


def test_memory_is_that_of_the_cell(night):
    """Peak memory is told of the process that tried the cell, also when it crashed."""
    _, _, record = night
    peaks = {m.params["model"]: m.value for m in record.measurements if m.metric == "peak_memory"}
    assert peaks["gru-cell"] == 4096
    assert peaks["lstm"] > 100 * 2**20


def test_shares(night):
    """The share that works is derived for each route."""
    _, _, record = night
    shares = {m.params["route"]: m.value for m in record.measurements if m.metric == "share"}
    assert shares == {"torch.export": 50.0, "onnx": 25.0}


def test_summary_and_picture(night):
    """The summary names every cell that does not work, with TVM's message; the table is a picture."""
    home, _, _ = night
    text = json.loads((home / "results/experiments/summary/import_coverage/summary.json").read_text())["value"]
    lines = text.splitlines()
    assert lines[0] == "Import coverage: works by torch.export 2 of 4, onnx 1 of 4; 1 with wrong numbers"
    assert lines[1].startswith("last-step by torch.export: differs: in 32 of 32 elements")
    assert "gru-cell by onnx: fails at compile: killed by SIGSEGV" in lines
    assert (home / "results/experiments/graph/import_coverage/comparison/import_coverage.png").is_file()


def rows_of(run_id, cells):
    columns = ["model", "route", "value", "note", "variant"]
    frame = pd.DataFrame([(*key, value, note, "installed") for key, (value, note) in cells.items()], columns=columns)
    moment = pd.Timestamp(f"2026-11-{run_id}", tz="UTC")
    return frame.assign(run_id=run_id, metric="coverage", timestamp=moment)


def test_news():
    """A cell that changes since it was last tried is news, and so is one that fails elsewhere; others are not."""
    before = {
        ("lstm", "onnx"): (1.0, ""),
        ("gru", "onnx"): (0.0, "import: no GRU"),
        ("rnn", "onnx"): (0.0, "import: no RNN"),
        ("lstm", "torch.export"): (0.0, "compile: killed by SIGSEGV"),
    }
    after = {
        ("lstm", "onnx"): (0.0, "import: OpNotImplemented: LSTM"),
        ("gru", "onnx"): (0.0, "import: no GRU, in other words"),
        ("rnn", "onnx"): (0.0, "compile: no kernel"),
        ("lstm", "torch.export"): (1.0, ""),
        ("new", "onnx"): (1.0, ""),
    }
    lines = summary(pd.concat([rows_of("21", before), rows_of("22", after)], ignore_index=True)).splitlines()
    assert [line.removeprefix("news: ") for line in lines if line.startswith("news: ")] == [
        "lstm by onnx: works → fails at import: OpNotImplemented: LSTM",
        "rnn by onnx: fails at import → fails at compile: no kernel",
        "lstm by torch.export: fails at compile → works",
    ]


def test_long_summaries_are_bounded():
    """Of many cells that fail, a dozen are told."""
    cells = {(f"model {number}", "onnx"): (0.0, "import: " + "x" * 500) for number in range(40)}
    lines = summary(rows_of("22", cells)).splitlines()
    assert len(lines) == 14
    assert lines[-1] == "and 28 more"
    assert max(map(len, lines)) < 200


def test_builds_have_pictures_of_their_own(tmp_path):
    """With two builds there are two tables."""
    one = rows_of("22", {("lstm", "onnx"): (1.0, "")})
    table = pd.concat([one, one.assign(variant="git:main", value=0.0)], ignore_index=True)
    share = {"metric": "share", "unit": "%", "direction": "higher", "test": "all models", "experiment": "x"}
    shares = table.assign(params='{"route": "onnx"}', tvm_hash="", machine="m", derived=True, **share)
    cells = table.assign(params="{}", unit="1", direction="higher", test="test_cell", experiment="x", machine="m")
    draw_coverage(pd.concat([cells, shares], ignore_index=True), tmp_path)
    names = {path.name for path in tmp_path.glob("comparison/*.png")}
    assert names == {"import_coverage-installed.png", "import_coverage-git_main.png"}
