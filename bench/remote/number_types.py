"""A network in 32-bit floats, in 16-bit floats, or with weights and activations of 8 bits."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import tvm
from torch import Tensor, nn
from tvm.relax import transform

from ..models.relax_import import import_module

QUANTISER = ("onnxruntime", "onnx", "onnxscript")
COMMAND = "pip install 'pytest-relaybench[onnxruntime]'"


def module_in(number_type: str, model: nn.Module, examples: Sequence[tuple[Tensor, ...]]) -> tvm.IRModule:
    """The network as a Relax module with one function `main`; inputs and output are float32 in any case.

    `examples` are inputs: the network is traced with the first, and activations of all fix the scales of int8.
    Skips the test where int8 needs what is not installed.
    """
    if number_type == "int8":
        return _quantised(model, examples)
    module = import_module(model, examples[0])
    return transform.ToMixedPrecision("float16")(module) if number_type == "float16" else module


def _quantised(model: nn.Module, examples: Sequence[tuple[Tensor, ...]]) -> tvm.IRModule:
    """By ONNX Runtime: Relax 0.27 has the operators `quantize` and `dequantize`, but no pass that places them."""
    missing = [name for name in QUANTISER if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"int8 needs {', '.join(missing)}: {COMMAND}")
    # imported only where int8 is measured
    import onnx
    from tvm.relax.frontend.onnx import from_onnx

    from ..engines.onnx_engine import export

    with tempfile.TemporaryDirectory(prefix="relaybench-int8-") as folder, _silence():
        path = Path(folder) / "float.onnx"
        path.write_bytes(export(model, examples[0]))
        quantised = _quantise(path, examples)
        return from_onnx(onnx.load(quantised))


def _quantise(path: Path, examples: Sequence[tuple[Tensor, ...]]) -> Path:
    """The model with QuantizeLinear and DequantizeLinear around every operator, scales for each output channel."""
    import onnxruntime
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    folded, quantised = path.with_name("folded.onnx"), path.with_name("int8.onnx")
    quant_pre_process(str(path), str(folded), skip_symbolic_shape=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]

    class Calibration(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = iter(examples)

        def get_next(self) -> dict[str, Any] | None:
            values = next(self._left, None)
            return None if values is None else {n: v.numpy() for n, v in zip(names, values, strict=True)}

    int8 = quantization.QuantType.QInt8
    quantization.quantize_static(
        str(folded), str(quantised), Calibration(), per_channel=True, activation_type=int8, weight_type=int8
    )
    return quantised


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The quantiser recommends what has been done, at the level of warnings, and reports its progress."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
