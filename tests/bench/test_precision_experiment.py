"""The experiment precision: its config, its gate and drift, and a whole night of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.models import build
from bench.precision.drift import drift_of
from bench.precision.gate import check_drift
from bench.precision.names import MOST_ERROR, PRECISIONS, TOLERANCES
from bench.precision.samples import sample
from bench.test_precision import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.measure.correctness import OutputMismatchError, check_output
from pytest_relaybench.reading import parse_config, read_config

ROOT = Path(__file__).parents[2]
CONFIGS = [ROOT / f"{home}/config/experiments/precision/config.json" for home in ("home", "home-nightly")]
ENGINES = ["relax-scheduled", "torch-eager", "onnxruntime"]
NOT_THERE = {("relax-scheduled", "bf16"), ("relax-scheduled", "int8-dynamic"), ("onnxruntime", "bf16")}
WRONG = """
from bench.test_precision import *
import pytest

@pytest.fixture(autouse=True)
def lost_scale():
    from dataclasses import replace
    from bench.precision import torch_precision
    whole = torch_precision.convert_torch

    def convert(model, precision, calibration):
        converted = whole(model, precision, calibration)
        if precision == "fp32":
            return converted
        call = converted.prepared.call
        return replace(converted, prepared=replace(converted.prepared, call=lambda *inputs: 0.65 * call(*inputs)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch_precision, "convert_torch", convert)
        yield
"""


def night(folder: Path, module: str, **config) -> Path:
    """Run one night of the experiment on Nature-DQN and return its home."""
    place = folder / "home/config/experiments/precision"
    place.mkdir(parents=True)
    quick = {"active": True, "networks": ["nature-dqn"], "n_inputs": 4, "n_times_per_input": 2, "calibration_inputs": 4}
    (place / "config.json").write_text(json.dumps({**quick, **config}))
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (folder / "home/config.json").write_text(json.dumps(places))
    command = [sys.executable, "-m", "pytest", module, "--home", str(folder / "home"), "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True, env=environment)
    return folder / "home"


def record_of(home: Path):
    """The one record in a home."""
    (file,) = home.glob("results/experiments/data/precision/data_*.json")
    return read_record(file)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home after a night of every precision on every engine."""
    folder = tmp_path_factory.mktemp("precision")
    return night(folder, "bench/test_precision.py", precisions=list(PRECISIONS), engines=ENGINES)


def test_every_precision_there_is(home):
    """What an engine has is within its tolerance and has a time; what it has not is skipped with its own words."""
    record = record_of(home)
    timed = {(m.params["engine"], m.params["precision"]) for m in record.measurements if m.metric == "time"}
    assert timed == {(engine, precision) for engine in ENGINES for precision in PRECISIONS} - NOT_THERE
    skipped = [test for test in record.tests if test.outcome == "skipped"]
    assert len(skipped) == len(NOT_THERE)
    told = " ".join(test.message for test in skipped)
    assert "onnxruntime has no conversion to bfloat16" in told
    assert "has no int8-dynamic: OpNotImplemented: The following operators are not supported" in told
    assert "has no bf16: TypeError: Binary operators must have the same datatype" in told
    assert {test.outcome for test in record.tests} == {"passed", "skipped"}


def test_drift_grows_as_bits_go(home):
    """fp32 is exact, halves are near, int8 is further off; torch's fp32 is the reference and has no drift."""
    found = {(m.params["engine"], m.params["precision"], m.metric): m for m in record_of(home).measurements}
    for engine in ("relax-scheduled", "onnxruntime"):
        errors = [found[engine, precision, "relative_error"].value for precision in ("fp32", "fp16", "int8")]
        assert errors == sorted(errors)
        assert errors[0] < 0.001 < errors[1] < 2
    assert found["torch-eager", "fp16", "relative_error"].value < found["torch-eager", "bf16", "relative_error"].value
    assert ("torch-eager", "fp32", "relative_error") not in found
    units = {m.metric: (m.unit, m.direction) for m in found.values()}
    assert units["top1_agreement"] == ("%", "higher")
    assert (units["relative_error"], units["kl_divergence"]) == (("%", "lower"), ("nat", "lower"))


def test_sizes(home):
    """Half the bits are half the size, a quarter of them a quarter; TVM's library keeps int8 weights as floats."""
    sizes = {
        (m.params["engine"], m.params["precision"]): m.value
        for m in record_of(home).measurements
        if m.metric == "artifact_size"
    }
    for engine in ENGINES:
        assert sizes[engine, "fp16"] / sizes[engine, "fp32"] == pytest.approx(0.5, abs=0.05)
    for engine in ("torch-eager", "onnxruntime"):
        assert sizes[engine, "int8"] / sizes[engine, "fp32"] == pytest.approx(0.25, abs=0.05)
    assert sizes["relax-scheduled", "int8"] / sizes["relax-scheduled", "fp32"] == pytest.approx(1, abs=0.05)


def test_pictures_and_summary(home):
    """Speed and drift are drawn beside each other, and told in a line for each precision."""
    folder = home / "results/experiments/graph/precision/comparison"
    names = {path.name for path in folder.glob("*")}
    assert {"precision-relative-nature-dqn.png", "precision-relative_error-nature-dqn.png"} <= names
    lines = json.loads((home / "results/experiments/summary/precision/summary.json").read_text())["value"].splitlines()
    assert lines[1].startswith("nature-dqn, 1 picture a call: fp32 ")
    told = [tuple(line.split()[:2]) for line in lines[2:]]
    assert [precision for precision, _ in told] == sorted((way[0] for way in told), key=PRECISIONS.index)
    ways = {(precision, engine) for precision in PRECISIONS[1:] for engine in ENGINES}
    assert set(told) == ways - {way[::-1] for way in NOT_THERE}
    assert max(map(len, lines)) < 120
    (by_relax,) = [line for line in lines if line.startswith("int8 relax-scheduled ")]
    assert "× (top-1 agrees " in by_relax
    assert by_relax.endswith(", computed in floats)")
    assert "\n".join(lines).count("in floats") == 1


def test_lost_scale_is_refused(tmp_path):
    """Outputs that are a third too small are no drift: the measurement fails, fp32 beside it is measured."""
    module = tmp_path / "broken/test_precision.py"
    module.parent.mkdir()
    module.write_text(WRONG)
    home = night(tmp_path, str(module), precisions=["fp32", "int8"], engines=["torch-eager"])
    record = record_of(home)
    assert {m.params["precision"] for m in record.measurements} == {"fp32"}
    (failed,) = [test for test in record.tests if test.outcome == "failed"]
    assert "is no drift any more: int8 may have 15 % on nature-dqn" in failed.message


@pytest.fixture(scope="module")
def answers() -> torch.Tensor:
    """Nature-DQN's answers to sixteen inputs, in single precision."""
    model = build("nature-dqn", 0)
    return torch.cat([model(*sample("nature-dqn", 1, seed)) for seed in range(16)])


WRONG_ANSWERS = {
    "zeros": torch.zeros_like,
    "another input's": lambda right: right.roll(1, 0),
    "one answer to everything": lambda right: right.mean(0).expand_as(right),
    "a lost sign": torch.neg,
    "a third too small": lambda right: 0.65 * right,
    "a tenth too small": lambda right: 0.88 * right,
    "four times too large": lambda right: 4 * right,
    "not a number": lambda right: right * float("nan"),
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_gate(answers, precision, wrong):
    """What says nothing of its input, or has lost its sign or scale, is beyond what any precision may do."""
    check_drift(drift_of([answers], [answers]), "nature-dqn", precision)
    with pytest.raises(AssertionError, match=r"is no drift any more|times the reference's"):
        check_drift(drift_of([wrong(answers)], [answers]), "nature-dqn", precision)


def test_gate_by_the_mean_answer(answers):
    """Where a network answers all inputs nearly alike, an error below the usual limit may still be all there is."""
    alike = answers.mean(0) + 0.1 * (answers - answers.mean(0))
    with pytest.raises(AssertionError, match="about what one answer to all inputs has"):
        check_drift(drift_of([alike.mean(0).expand_as(alike)], [alike]), "nature-dqn", "int8")
    check_drift(drift_of([answers[:1]], [answers[:1]]), "nature-dqn", "int8")  # of one input there is no mean


@pytest.mark.parametrize("network", ["mobilenet"])
def test_four_bits_are_no_int8(network):
    """Weights of four bits, passed off as int8, are refused; nature-dqn cannot tell them from an honest int8."""
    model, coarse = build(network, 0), build(network, 0)
    with torch.no_grad():
        for weights in (layer.weight for layer in coarse.modules() if isinstance(layer, torch.nn.Conv2d)):
            step = weights.abs().max() / 7
            weights.copy_((weights / step).round() * step)
        outputs, references = ([net(*sample(network, 1, seed)) for seed in range(4)] for net in (coarse, model))
    with pytest.raises(AssertionError, match="is no drift any more"):
        check_drift(drift_of(outputs, references), network, "int8")


def test_elements():
    """Of any element, too, no more than the tolerance is let through."""
    with pytest.raises(OutputMismatchError):
        check_output(np.array([1.0, 0.6]), np.array([1.0, 0.0]), rtol=0.0, atol=TOLERANCES["int8"])


def test_every_network_has_a_limit():
    """What a config may name has a limit in every precision."""
    assert set(MOST_ERROR) == {"nature-dqn", "resnet-18", "mobilenet", "vgg-16"}
    assert {tuple(limits) for limits in MOST_ERROR.values()} == {PRECISIONS}


def test_what_compiling_and_quantising_take(home):
    """`compile` is what an engine does with any model, `quantise` the way to fewer bits; eager torch has none."""
    found = {(m.params["engine"], m.params["precision"], m.metric) for m in record_of(home).measurements}
    timed = {(engine, precision) for engine, precision, metric in found if metric == "time"}
    quantised = {(engine, precision) for engine, precision, metric in found if metric == "quantise"}
    assert quantised == {(engine, precision) for engine, precision in timed if precision != "fp32"}
    compiled = {(engine, precision) for engine, precision, metric in found if metric == "compile"}
    assert compiled == {(engine, precision) for engine, precision in timed if engine != "torch-eager"}


def test_drift():
    """Each measure on rows that can be reckoned by hand."""
    wanted = [np.array([[3.0, 4.0]]), np.array([[1.0, 0.0]])]
    same = drift_of(wanted, wanted)
    assert (same.max_error, same.relative_error, same.top1_agreement, same.kl_divergence) == (0, 0, 100, 0)
    found = [torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 1.0]], dtype=torch.bfloat16)]
    drift = drift_of(found, wanted)
    assert (drift.max_error, drift.rows) == (1, 2)
    assert drift.scale == pytest.approx(25 / 26)
    # the mean is (2, 2): the rows are 1, 2 and 1, 2 from it, and twice as far from each other
    assert drift.mean_answer_error == pytest.approx(100 * 2 * np.sqrt(10) / np.sqrt(26))
    assert drift.relative_error == pytest.approx(100 * np.sqrt(2) / np.sqrt(26))
    assert drift.top1_agreement == 50
    large, small = np.exp(1) / (1 + np.exp(1)), 1 / (1 + np.exp(1))
    assert drift.kl_divergence == pytest.approx((large - small) / 2)


def test_samples_are_told_apart():
    """Equal seeds give equal pictures; the network's answers to different ones are not all alike."""
    assert torch.equal(*(sample("nature-dqn", 2, 5)[0] for _ in range(2)))
    model = build("nature-dqn", 0)
    answers = torch.cat([model(*sample("nature-dqn", 1, seed)) for seed in range(16)])
    assert float((answers - answers.mean(0)).norm() / answers.norm()) > 0.25


def test_config():
    """Defaults; names that other programs have for a type are taken; both shipped configs are in order."""
    config = parse_config('{"precisions": ["float32", "float16", "bfloat16", "fp16"]}', Config, name="config.json")
    assert axis_values(config)["precision"] == ["fp32", "fp16", "bf16"]
    assert axis_values(config)["engine"] == ENGINES
    assert (config.set_seed, config.n_inputs, config.calibration_inputs) == (True, 32, 16)
    sample_config, full = (read_config(path, Config, mandatory=["active"]) for path in CONFIGS)
    assert sample_config.networks == ["nature-dqn"]
    assert set(full.precisions) == set(PRECISIONS)


@pytest.mark.parametrize(
    "wrong",
    [{"precisions": ["int4"]}, {"precisions": []}, {"engines": ["tf"]}, {"calibration_inputs": 0}, {"networks": ["x"]}],
    ids=json.dumps,
)
def test_wrong_configs(wrong):
    """What cannot be measured is refused, and the fault names the key."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        parse_config(json.dumps(wrong), Config, name="config.json")


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch nor matplotlib: the process that only collects does it."""
    code = "import sys, bench.test_precision; print({'tvm', 'torch', 'matplotlib'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"
