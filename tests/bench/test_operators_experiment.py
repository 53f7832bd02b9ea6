"""The experiment operators: its config, its operators, its rates and pictures, and whole nights of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.operators.cases import KINDS, parse_case
from bench.operators.modules import expected, inputs_of
from bench.operators.numpy_engine import prepare_numpy
from bench.operators.pictures import draw_pictures
from bench.operators.rates import rates
from bench.operators.summary import summarize_rates
from bench.test_operators import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.reading import parse_config, read_config

ROOT = Path(__file__).parents[2]
CONFIGS = [ROOT / f"{home}/config/experiments/operators/config.json" for home in ("home", "home-nightly")]
TINY = ["matmul 8x16x24", "conv2d 1x4x8x8 8x3", "softmax 8x16", "layer_norm 8x16", "attention 1x2x8x4"]
ENGINES = ["relax", "relax-scheduled", "torch-eager", "onnxruntime", "numpy"]
WRONG = """
from bench.test_operators import *
import pytest

@pytest.fixture(autouse=True)
def wrong_softmax():
    from bench.operators import numpy_engine
    numpy_engine.FUNCTIONS["softmax"] = lambda rows: rows / rows.sum(axis=-1, keepdims=True)
"""


def night(folder: Path, module: str, **config) -> Path:
    """Run one night of the experiment and return its home."""
    place = folder / "home/config/experiments/operators"
    place.mkdir(parents=True)
    quick = {"active": True, "budget_s": 0.01, "peak_budget_s": 0.1}
    (place / "config.json").write_text(json.dumps({**quick, **config}))
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (folder / "home/config.json").write_text(json.dumps(places))
    command = [sys.executable, "-m", "pytest", module, "--home", str(folder / "home"), "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True, env=environment)
    return folder / "home"


def record_of(home: Path):
    """The one record in a home."""
    (file,) = home.glob("results/experiments/data/operators/data_*.json")
    return read_record(file)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home after a night of every operator, tiny, on every engine but those that take long to compile."""
    folder = tmp_path_factory.mktemp("operators")
    return night(folder, "bench/test_operators.py", cases=TINY, engines=ENGINES)


def test_every_engine_computes_every_operator(home):
    """All outputs agreed with torch in double precision, and all have a time; the peak was measured once."""
    record = record_of(home)
    assert {test.outcome for test in record.tests} == {"passed"}
    timed = {(m.params["case"], m.params["engine"]) for m in record.measurements if m.metric == "time"}
    assert timed == {(case, engine) for case in TINY for engine in ENGINES}
    peaks = {m.metric: m for m in record.measurements if m.test == "test_peak"}
    assert (peaks["peak_flops"].unit, peaks["peak_bandwidth"].unit) == ("FLOP/s", "B/s")
    assert peaks["peak_flops"].direction == "higher"


def test_builds_are_of_what_uses_tvm(home):
    """Only Relax's measurements name a build; only they, and what says so itself, have a compile time."""
    measured = record_of(home).measurements
    with_build = {m.params.get("engine") for m in measured if m.tvm_hash}
    assert with_build == {"relax", "relax-scheduled"}
    compiled = {m.params["engine"] for m in measured if m.metric == "compile"}
    assert compiled == {"relax", "relax-scheduled", "onnxruntime"}


def test_rates_follow_from_times(home):
    """Rate, bandwidth and shares of every case are its operations and bytes over its time, under the measured roof."""
    measured = {(m.params.get("case"), m.params.get("engine"), m.metric): m.value for m in record_of(home).measurements}
    peak = measured[None, None, "peak_flops"]
    case = parse_case("matmul 8x16x24")
    for engine in ENGINES:
        seconds = measured[TINY[0], engine, "time"]
        rate = measured[TINY[0], engine, "rate"]
        assert rate == pytest.approx(2 * 8 * 16 * 24 / seconds)
        assert measured[TINY[0], engine, "bandwidth"] == pytest.approx(4 * (8 * 16 + 16 * 24 + 8 * 24) / seconds)
        assert measured[TINY[0], engine, "peak_share"] == pytest.approx(100 * rate / peak)
        roof = min(peak, case.intensity * measured[None, None, "peak_bandwidth"])
        assert measured[TINY[0], engine, "roof_share"] == pytest.approx(100 * rate / roof)


def test_pictures_and_summary(home):
    """A roofline, bars for each operator and lines for each case; a line of the summary for each operator."""
    folder = home / "results/experiments/graph/operators"
    assert {path.name for path in folder.glob("comparison/*")} == {
        "operators-roofline-threads_1.png",
        *(f"operators-rate-{operator}-threads_1.png" for operator in KINDS),
    }
    assert len(list(folder.glob("all_time/*.png"))) == len(TINY)
    lines = json.loads((home / "results/experiments/summary/operators/summary.json").read_text())["value"].splitlines()
    assert lines[0].startswith("Operators on 1 thread (peak ")
    assert [line.partition(":")[0] for line in lines[1:]] == list(KINDS)
    assert all("relax-scheduled" in line for line in lines[1:])


def test_wrong_output_has_no_time(tmp_path):
    """An engine whose softmax is none is refused, and what is right beside it is measured."""
    module = tmp_path / "broken/test_operators.py"
    module.parent.mkdir()
    module.write_text(WRONG)
    home = night(tmp_path, str(module), cases=["softmax 8x16", "matmul 8x8x8"], engines=["numpy"])
    record = record_of(home)
    outcomes = {test.nodeid.partition("::")[2]: test.outcome for test in record.tests}
    assert outcomes == {
        "test_peak[1]": "passed",
        "test_operator[numpy-softmax 8x16-1]": "failed",
        "test_operator[numpy-matmul 8x8x8-1]": "passed",
    }
    assert {m.params["case"] for m in record.measurements if m.metric == "time"} == {"matmul 8x8x8"}
    told = next(test.message for test in record.tests if test.outcome == "failed")
    assert "differs from the reference" in told


@pytest.mark.parametrize("case", [*TINY, "conv2d 2x3x7x5 4x1", "matmul 1x64x1"])
def test_operators_agree(case):
    """NumPy's way and torch's give the same, whatever the shape, and the shapes are those that the case says."""
    parsed = parse_case(case)
    inputs = inputs_of(parsed, seed=1)
    assert [tuple(operand.shape) for operand in inputs] == list(parsed.inputs)
    ready = prepare_numpy(parsed)
    np.testing.assert_allclose(ready.call(*ready.take(inputs)), expected(parsed, inputs).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("case", "operations", "numbers"),
    [
        ("matmul 2x3x4", 2 * 2 * 3 * 4, 6 + 12 + 8),
        ("conv2d 1x2x4x4 3x3", 2 * 3 * 16 * 2 * 9, 32 + 54 + 48),
        ("softmax 2x3", 5 * 6, 6 + 6),
        ("layer_norm 2x3", 7 * 6, 6 + 6 + 3 + 3),
        ("attention 1x2x4x3", 2 * (2 * 2 * 4 * 4 * 3 + 6 * 4 * 4), 4 * 24),
    ],
)
def test_work(case, operations, numbers):
    """Operations and traffic by hand for the smallest shapes."""
    parsed = parse_case(case)
    assert (parsed.operations, parsed.traffic) == (operations, 4 * numbers)
    assert parsed.intensity == pytest.approx(operations / (4 * numbers))


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        ("gemm 2x2x2", "a case begins with its operator: matmul, conv2d"),
        ("matmul 2x2", 'matmul is written as in "matmul MxKxN"'),
        ("matmul 0x2x2", 'matmul is written as in "matmul MxKxN"'),
        ("conv2d 1x2x4x4 3x2", "K is odd"),
        ("softmax  2x2", 'softmax is written as in "softmax RxC"'),
        ("matmul 999999999x999999999x2", "10^12 operations"),
    ],
)
def test_cases_that_are_none(case, rule):
    """The fault names the key, the text and how a case is written."""
    with pytest.raises(ConfigError, match=r"cases\.0") as caught:
        parse_config(json.dumps({"cases": [case]}), Config, name="config.json")
    assert rule in str(caught.value)


def test_defaults_and_configs():
    """All operators stand in the defaults, in the sample and in the full config; the sample takes no slow engine."""
    config = parse_config('{"active": true}', Config, name="config.json")
    sample, full = (read_config(path, Config, mandatory=["active"]) for path in CONFIGS)
    for found in (config, sample, full):
        assert {case.partition(" ")[0] for case in found.cases} == set(KINDS)
    assert axis_values(config)["threads"] == [1]
    assert not {"relax-tuned", "torch-compile"} & set(sample.engines)
    assert "relax-tuned" in full.engines


def table(*rows) -> pd.DataFrame:
    """Rows of one run as `analyze` and the other hooks get them."""
    common = {
        "run_id": "20261122T000000.000000Z",
        "timestamp": pd.Timestamp("2026-11-22", tz="UTC"),
        "experiment": "operators",
        "test": "test_operator",
        "direction": "higher",
        "variant": "installed",
        "tvm_hash": None,
        "machine": "m",
        "derived": False,
    }
    frame = pd.DataFrame([{**common, **row} for row in rows])
    names = ("case", "engine", "threads")
    told = [{name: row[name] for name in names if name in row} for row in rows]
    return frame.assign(params=[json.dumps(params) for params in told])


def test_without_a_peak(tmp_path):
    """When the probe was not run, or failed, there are rates, a picture and a summary without shares."""
    time = {"metric": "time", "case": "matmul 8x8x8", "engine": "numpy", "threads": 2, "value": 1e-6, "unit": "s"}
    found = rates(table(time))
    assert {row["metric"] for row in found} == {"rate", "bandwidth"}
    rated = table(time, {**time, "metric": "rate", "value": found[0]["value"], "unit": "FLOP/s"})
    draw_pictures(rated, tmp_path)
    assert (tmp_path / "comparison/operators-roofline-threads_2.png").stat().st_size > 10_000
    assert summarize_rates(rated).splitlines() == [
        "Operators on 2 threads (peak not measured), 1 case: the best shape",
        "matmul: 1.02 GFLOP/s (numpy on 8x8x8)",
    ]


def test_summary_tells_why_a_rate_is_above_the_roof():
    """No share above 100 %: memory's roof is passed in a cache. Slower engines are told by how much."""
    rows = [
        {"metric": "peak_flops", "threads": 1, "value": 1e11, "unit": "FLOP/s"},
        {"metric": "peak_bandwidth", "threads": 1, "value": 1e10, "unit": "B/s"},
        *(
            {"metric": "rate", "case": case, "engine": engine, "threads": 1, "value": value, "unit": "FLOP/s"}
            for case, engine, value in (
                ("matmul 512x512x512", "torch-eager", 8e10),
                ("matmul 64x64x64", "torch-eager", 4e10),
                ("matmul 512x512x512", "numpy", 4e10),
                ("matmul 64x64x64", "numpy", 2e10),
                ("softmax 64x64", "torch-eager", 3e10),
                ("conv2d 1x64x28x28 64x3", "torch-eager", 1.1e11),
            )
        ),
    ]
    assert summarize_rates(table(*rows)).splitlines() == [
        (
            "Operators on 1 thread (peak 100 GFLOP/s, memory 10 GB/s), 4 cases: the best shape; "
            "then times as fast as torch-eager, geometric mean over all shapes"
        ),
        "matmul: 80 GFLOP/s (torch-eager on 512x512x512, 80 % of the roof); numpy 2.00× slower",
        "conv2d: 110 GFLOP/s (torch-eager on 1x64x28x28 64x3, above the peak measured before)",
        "softmax: 30 GFLOP/s (torch-eager on 64x64, above the memory roof: operands in cache)",
    ]


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch nor matplotlib: the process that only collects does it."""
    code = "import sys, bench.test_operators; print({'tvm', 'torch', 'matplotlib'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"
