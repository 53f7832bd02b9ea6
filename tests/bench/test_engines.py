"""What runs a model: every engine right, quiet, and skipped with what helps where it is not there."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import nn
from torch._dynamo.utils import counters

from bench.engines import prepare, preparing
from bench.engines.onnx_engine import bound_call, export
from bench.engines.threads import threads
from bench.models import build, example_inputs
from pytest_relaybench.measure.correctness import check_output

ROOT = Path(__file__).parents[2]
QUICK = ["relax", "relax-scheduled", "torch-eager", "onnxruntime"]


class TwoOutputs(nn.Module):
    """A network with an output of each kind."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 4)

    def forward(self, x, y):
        return self.layer(x), torch.relu(y - x)


def said(caplog):
    """What was logged for people; torch also traces itself at the level of debugging."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("engine", QUICK)
def test_outputs(engine):
    """An engine gives what torch gives, for inputs that it was not prepared with."""
    model, inputs = build("nature-dqn"), example_inputs("nature-dqn", 2, seed=5)
    prepared = prepare(engine, model, example_inputs("nature-dqn", 2, seed=0))
    with prepared.mode():
        check_output(prepared.call(*prepared.take(inputs)), model(*inputs), rtol=1e-4, atol=1e-4)
    assert (prepared.compile_s or 0) >= 0


@pytest.mark.parametrize("engine", QUICK)
def test_several_inputs_and_outputs(engine):
    """Inputs keep their places, and all outputs come out."""
    torch.manual_seed(0)
    model = TwoOutputs().eval().requires_grad_(requires_grad=False)
    inputs = (torch.randn(3, 6), torch.randn(3, 6))
    prepared = prepare(engine, model, (torch.zeros(3, 6), torch.zeros(3, 6)))
    with prepared.mode():
        found = prepared.call(*prepared.take(inputs))
    check_output(list(found), list(model(*inputs)), rtol=1e-4, atol=1e-4)


def test_torch_compile(caplog, recwarn):
    """Networks one after the other are each compiled once, without a word, and not once more when they are called."""
    for size in (4, 5):
        model = nn.Sequential(nn.Linear(size, size), nn.Tanh()).eval().requires_grad_(requires_grad=False)
        inputs = (torch.randn(2, size),)
        prepared = prepare("torch-compile", model, (torch.zeros(2, size),))
        compiled = counters["stats"]["unique_graphs"]
        with prepared.mode():
            for _ in range(3):
                check_output(prepared.call(*inputs), model(*inputs), rtol=1e-4, atol=1e-4)
        assert counters["stats"]["unique_graphs"] == compiled > 0
        assert prepared.compile_s > 0
    assert not said(caplog)
    assert not [str(warning.message) for warning in recwarn]


def test_torch_compile_of_recurrent_layers():
    """A layer that Dynamo leaves out by itself is compiled: all of it is one graph, and none is left to eager mode."""
    torch.manual_seed(0)
    model = nn.LSTM(4, 4, batch_first=True).eval().requires_grad_(requires_grad=False)
    inputs = (torch.randn(1, 3, 4),)
    counters.clear()
    prepared = prepare("torch-compile", model, (torch.zeros(1, 3, 4),))
    assert counters["stats"]["unique_graphs"] == 1
    assert not counters["graph_break"]
    with prepared.mode():
        found = prepared.call(*inputs)
    assert counters["stats"]["unique_graphs"] == 1
    check_output(found[0], model(*inputs)[0], rtol=1e-4, atol=1e-5)


class PrintsWithin(nn.Module):
    """A network that cannot be one graph."""

    def forward(self, x):
        torch._dynamo.graph_break()
        return x + 1


def test_torch_compile_in_pieces():
    """What cannot be compiled as a whole is skipped with torch's reason, and not measured as eager mode."""
    with pytest.raises(pytest.skip.Exception, match=r"torch-compile cannot make one graph of the model: .*graph.break"):
        prepare("torch-compile", PrintsWithin().eval(), (torch.zeros(1, 2),))


def test_first_model_of_a_process():
    """What an engine does once a process is no part of its first model's compile time, nor metered as TVM's."""
    code = """
import onnxruntime, torch
from torch import nn
from bench.engines import onnx_engine, prepare, starting
from pytest_relaybench.measure.fixtures import METER
import tvm
METER.install()
compiled = []
starting.compile_at = lambda *args, do=starting.compile_at: compiled.append("at the start") or do(*args)
session, ticks = onnxruntime.InferenceSession, []
onnxruntime.InferenceSession = lambda *args, **options: ticks.append(1) or session(*args, **options)
onnx_engine.time = type("Clock", (), {"perf_counter": staticmethod(lambda: len(ticks))})
for number, width in enumerate((3, 5)):
    model = nn.Sequential(nn.Conv2d(2, width, 3), nn.ReLU()).eval().requires_grad_(requires_grad=False)
    prepare("relax-scheduled", model, (torch.zeros(1, 2, 9, 9),))
    assert len(METER.take()) == 1
    assert compiled == ["at the start"]
    ready = prepare("onnxruntime", model, (torch.zeros(1, 2, 9, 9),))
    assert ready.compile_s == 1, "sessions made while the clock ran"
    assert len(ticks) == 2 + number, "sessions made in all"
    assert not METER.take()
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_torch_compile_without_a_compiler(monkeypatch, tmp_path):
    """Where there is no C++ compiler the test is skipped, and told how to get one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"needs a C\+\+ compiler, one of .*g\+\+.*: apt install g\+\+"):
        prepare("torch-compile", nn.Linear(2, 2), (torch.zeros(1, 2),))


def test_onnx_export_is_quiet(caplog, capfd, recwarn):
    """Neither the exporter's progress nor what it logs of torchvision reaches anybody, and logging is as before."""
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    before = logger.level
    prepare("onnxruntime", nn.Linear(2, 2), (torch.zeros(1, 2),))
    assert not said(caplog)
    assert capfd.readouterr() == ("", "")
    assert not list(recwarn)
    assert logger.level == before


@pytest.mark.parametrize(
    ("engine", "package", "command"),
    [
        ("onnxruntime", "onnxscript", r"pip install 'pytest-relaybench\[onnxruntime\]'"),
        ("relax-tuned", "cloudpickle", r"pip install 'pytest-relaybench\[tuning\]'"),
    ],
)
def test_missing_packages(engine, package, command, monkeypatch):
    """An engine that lacks a package is skipped with the command that installs it."""
    there = importlib.util.find_spec
    monkeypatch.setattr(preparing.importlib.util, "find_spec", lambda name: None if name == package else there(name))
    with pytest.raises(pytest.skip.Exception, match=f"{engine} needs {package}: {command}"):
        prepare(engine, nn.Linear(2, 2), (torch.zeros(1, 2),))


def test_bound_values():
    """What is bound to a device, as on a GPU, gives torch's outputs, and those of an earlier call stay as they were."""
    torch.manual_seed(0)
    model = TwoOutputs().eval().requires_grad_(requires_grad=False)
    inputs = [(torch.randn(3, 6), torch.randn(3, 6)) for _ in range(2)]
    session = onnxruntime.InferenceSession(export(model, inputs[0]), providers=["CPUExecutionProvider"])
    call = bound_call(session, "cpu")
    found = [call(*(onnxruntime.OrtValue.ortvalue_from_numpy(x.numpy()) for x in values)) for values in inputs]
    for outputs, values in zip(found, inputs, strict=True):
        check_output(list(outputs), list(model(*values)), rtol=1e-4, atol=1e-4)


def test_no_cuda_in_onnxruntime():
    """A device that the installed ONNX Runtime cannot use is a reason to skip."""
    with pytest.raises(pytest.skip.Exception, match=r"CUDAExecutionProvider.*onnxruntime-gpu"):
        prepare("onnxruntime", nn.Linear(2, 2), (torch.zeros(1, 2),), device="cuda")


@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_cuda_that_onnxruntime_cannot_load(monkeypatch):
    """ONNX Runtime then runs on the CPU and says nothing: the engine does, and its output is right."""
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    model, inputs = nn.Linear(2, 2).eval().requires_grad_(requires_grad=False), (torch.ones(1, 2),)
    prepared = prepare("onnxruntime", model, inputs, device="cuda")
    assert prepared.ran_on == "cpu"
    check_output(prepared.call(*prepared.take(inputs)), model(*inputs), rtol=1e-5, atol=1e-6)


def test_threads_are_those_of_the_process(monkeypatch):
    """Engines use as many threads as the process was given, and one where nobody has said."""
    monkeypatch.setenv("TVM_NUM_THREADS", "3")
    assert threads() == 3
    monkeypatch.delenv("TVM_NUM_THREADS")
    assert threads() == 1


def test_tuned_needs_a_database():
    """Nobody gets the schedule's kernels under the name of tuned ones."""
    with pytest.raises(ValueError, match="level 4 takes a tuning database"):
        prepare("relax-tuned", nn.Linear(2, 2).eval(), (torch.zeros(1, 2),))
