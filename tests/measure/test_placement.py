"""Which device did the work: stated by the author, or seen by what is timed and what it gives."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import tvm

from pytest_relaybench.measure import placement
from pytest_relaybench.measure.placement import device_of_function, device_of_output, device_of_session, uses_gpu

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


@dataclass
class Tensor:
    """Stands in for a tensor of a GPU that is not here."""

    device: object
    shape: tuple[int, ...] = field(default=(1,))


ON_GPU = Tensor(torch.device("cuda:1"))
ON_CPU = Tensor(torch.device("cpu"))


def relu() -> bytes:
    """A model of one operator."""
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "relu", values[:1], values[1:])
    model = onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 17)])
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("output", "device"),
    [
        (torch.ones(1), "cpu"),
        ([torch.ones(1), {"a": torch.ones(2)}], "cpu"),
        (tvm.runtime.tensor(np.ones(1, "float32")), "cpu"),
        (onnxruntime.OrtValue.ortvalue_from_numpy(np.ones(1, "float32")), "cpu"),
        (ON_GPU, "cuda"),
        (Tensor(tvm.cuda(0)), "cuda"),
        ([ON_GPU, ON_CPU], "cpu, cuda"),
        ([ON_GPU, Tensor(SimpleNamespace(kind="?"))], ""),
        (np.ones(1), ""),
        (3.0, ""),
        ([1.0] * 1000 + [ON_GPU], ""),
        ("text", ""),
    ],
)
def test_output_tells_its_device(output, device) -> None:
    """Tensors of torch, TVM and ONNX Runtime tell where they are, arrays and numbers do not."""
    assert device_of_output(output) == device


def test_output_on_the_cpu_of_a_process_that_uses_a_gpu(monkeypatch, tmp_path) -> None:
    """It may have been copied from the GPU, so that nothing is told; what is on the GPU was computed there."""
    gpu = tmp_path / "nvidia0"
    gpu.touch()
    monkeypatch.setattr(placement, "GPU_FILES", (str(tmp_path / "nvidia"),))
    assert not uses_gpu()
    opened = os.open(gpu, os.O_RDONLY)
    try:
        assert uses_gpu()
        assert device_of_output(torch.ones(1)) == ""
        assert device_of_output(ON_GPU) == "cuda"
    finally:
        os.close(opened)
    assert device_of_output(torch.ones(1)) == "cpu"


def test_nothing_is_told_where_open_files_are_not(monkeypatch) -> None:
    """Where the system does not list open files, a GPU may be in use."""
    monkeypatch.setattr(placement, "OPEN_FILES", Path("/no/such/folder"))
    assert device_of_output(torch.ones(1)) == ""


def test_torch_module_tells_by_its_parameters() -> None:
    """A module is where its parameters are, whatever its output; one without any tells nothing, nor does a function."""
    assert device_of_function(torch.nn.Linear(1, 1)) == "cpu"
    assert device_of_function(torch.nn.Linear(1, 1).forward) == "cpu"
    assert device_of_function(torch.nn.Linear(1, 1, device="meta")) == "meta"
    assert device_of_function(torch.nn.ReLU()) == ""
    assert device_of_function(np.matmul) == ""


def test_onnxruntime_falls_back_to_the_cpu(recwarn) -> None:
    """A session that was asked for CUDA, which it cannot load here, runs on the CPU and raises nothing."""
    session = onnxruntime.InferenceSession(relu(), providers=[CUDA, CPU])
    assert device_of_session(session) == "cpu"
    assert device_of_function(session.run) == "cpu"
    assert any(CUDA in str(warning.message) for warning in recwarn)  # all that ONNX Runtime says


@pytest.mark.parametrize(
    ("providers", "device"),
    [(["TensorrtExecutionProvider", CUDA, CPU], "cuda"), ([CUDA, CPU], "cuda"), (["OpenVINOExecutionProvider"], "")],
)
def test_provider_names(providers, device) -> None:
    """The preferred provider tells; one that may use either device does not."""
    assert device_of_session(SimpleNamespace(get_providers=lambda: providers)) == device


FALLS_BACK = """
import onnxruntime, pytest, torch

@pytest.mark.parametrize("device", ["cuda"])
def test_session(device, bench):
    session = onnxruntime.InferenceSession({model!r}, providers=["CUDAExecutionProvider", "CPUExecutionProvider"])
    bench(session.run, None, {{"x": torch.ones(1).numpy()}})

def test_stated(bench):
    bench(lambda: 1)
    bench.record("other", 2.0, unit="1")
    bench.ran_on("cuda")

def test_stated_twice(bench):
    bench(torch.neg, torch.ones(1))
    bench.ran_on("cuda")
    bench.ran_on("cpu")

def test_trials(bench):
    bench.trials(torch.neg, [(torch.ones(1),), (torch.ones(2),)], dry_run=1, times=2)

def test_durations(bench):
    bench.durations([0.1, 0.2], output=torch.ones(1))

class Stubborn:
    @property
    def device(self):
        raise RuntimeError("ask nobody")

def test_stubborn(bench):
    bench(Stubborn)

def test_unknown(bench):
    bench(sum, [1, 2])
"""


@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_device_reaches_the_table(project) -> None:
    """What ran on another device than its parameter says is in the record, with what the author stated, and no more."""
    project.experiment("placed", FALLS_BACK.format(model=relu()))
    assert project.night().ret == 0
    (record,) = project.records("placed")
    found = {
        entry.test: {e.ran_on for e in record.measurements if e.test == entry.test} for entry in record.measurements
    }
    assert found == {
        "test_session": {"cpu"},
        "test_stated": {"cuda"},
        "test_stated_twice": {"cpu, cuda"},
        "test_trials": {"cpu"},
        "test_durations": {"cpu"},
        "test_stubborn": {""},
        "test_unknown": {""},
    }
    asked = {entry.test: entry.params.get("device") for entry in record.measurements}
    assert asked["test_session"] == "cuda"


def test_device_without_a_name(desk) -> None:
    """An empty name is refused."""
    run = desk("""
def test_it(bench):
    bench.ran_on(" ")
""")
    run.result.assert_outcomes(failed=1)
    assert "ran_on takes the name of a device" in run.text
