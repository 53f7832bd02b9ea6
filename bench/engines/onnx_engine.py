"""ONNX Runtime as an engine: the model exported by torch, run on as many threads as everybody else."""

from __future__ import annotations

import contextlib
import io
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from pytest_relaybench.measure.placement import device_of_session

from .prepared import EngineMissingError, Prepared
from .threads import threads

REGISTRY = "torch.onnx._internal.exporter._registration"
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
PROVIDER_OPTIONS = {"cpu": {}, "cuda": {"use_tf32": "0"}}  # ten bits where other engines have 23


def prepare_onnxruntime(model: nn.Module, example: tuple[Tensor, ...], device: str) -> Prepared:
    """The model in an ONNX Runtime session; compile time is that of making the session, without torch's export.

    Inputs are NumPy arrays, and the outputs are new ones. Raises EngineMissingError where the installed ONNX Runtime
    cannot use the device.
    """
    return load(export(model, example), device)


def load(exported: bytes, device: str) -> Prepared:
    """As `prepare_onnxruntime`, of a model that is ONNX already.

    A provider that is there and cannot be loaded, as without cuDNN, is left out by ONNX Runtime without an error: then
    the model runs on the CPU, and `ran_on` of the result says so.
    """
    provider = PROVIDERS[device]
    if provider not in onnxruntime.get_available_providers():
        raise EngineMissingError(f"ONNX Runtime has no {provider} (pip install onnxruntime-gpu)")
    _start_runtime()
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(exported, _options(), providers=[(provider, PROVIDER_OPTIONS[device])])
    compile_s = time.perf_counter() - start
    ran_on = device_of_session(session)
    if ran_on == "cuda":
        return Prepared(bound_call(session, ran_on), _taker(ran_on), compile_s=compile_s, ran_on=ran_on)
    names = [entry.name for entry in session.get_inputs()]
    return Prepared(_call(session, names), _arrays, compile_s=compile_s, ran_on=ran_on)


@lru_cache(maxsize=1)
def _start_runtime() -> None:
    """A session of next to nothing: what ONNX Runtime does once a process is no part of the first model's."""
    size = [1]
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, size) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "start", values[:1], values[1:])
    model = onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 17)])
    onnxruntime.InferenceSession(model.SerializeToString(), _options(), providers=["CPUExecutionProvider"])


def export(model: nn.Module, example: tuple[Tensor, ...]) -> bytes:
    """The model as a serialised ONNX model, weights inside, for inputs shaped as `example`."""
    written = io.BytesIO()
    # the exporter reports its progress on standard output, warns of its own deprecations, and logs each time that
    # torchvision, which nothing here uses, is not installed
    with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), _quiet(REGISTRY):
        warnings.simplefilter("ignore")
        torch.onnx.export(model, example, written, dynamo=True, external_data=False)  # type: ignore[arg-type]
    return written.getvalue()


@contextlib.contextmanager
def _quiet(logger_name: str) -> Iterator[None]:
    """Errors only from this logger."""
    logger = logging.getLogger(logger_name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    return options


def _call(session: onnxruntime.InferenceSession, names: list[str]) -> Callable[..., Any]:
    def call(*arrays: Any) -> Any:
        outputs = session.run(None, dict(zip(names, arrays, strict=True)))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    return call


def bound_call(session: onnxruntime.InferenceSession, device: str) -> Callable[..., Any]:
    """A call that takes values on the device and leaves its outputs there, without copies from or to the host."""
    binding = session.io_binding()
    names = [entry.name for entry in session.get_inputs()]
    results = [entry.name for entry in session.get_outputs()]

    def call(*values: Any) -> Any:
        for name in results:  # each time anew: else the next call writes into the outputs of this one
            binding.bind_output(name, device)
        for name, value in zip(names, values, strict=True):
            binding.bind_ortvalue_input(name, value)
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()
        outputs = binding.get_outputs()
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    return call


def _taker(device: str) -> Callable[[tuple[Tensor, ...]], tuple[Any, ...]]:
    return lambda inputs: tuple(onnxruntime.OrtValue.ortvalue_from_numpy(x.cpu().numpy(), device, 0) for x in inputs)


def _arrays(inputs: tuple[Tensor, ...]) -> tuple[Any, ...]:
    return tuple(value.numpy() for value in inputs)
