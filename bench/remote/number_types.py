"""A network in 32-bit floats, in 16-bit floats, or with weights and activations of 8 bits."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

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
    from ..precision.onnx_int8 import quantised

    return from_onnx(onnx.load_from_string(quantised(export(model, examples[0]), examples)))
