"""Fewer bits by ONNX Runtime's own tools: half precision by its converter, int8 by its quantiser."""

from __future__ import annotations

import time

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16
from torch import nn

from ..engines.onnx_engine import export, load
from .converted import Converted, NotThereError, Samples
from .onnx_int8 import quantised


def convert_onnxruntime(model: nn.Module, precision: str, calibration: Samples) -> Converted:
    """The model in a session of ONNX Runtime. Raises NotThereError for bfloat16."""
    if precision == "bf16":
        raise NotThereError("onnxruntime has no conversion to bfloat16")
    plain = export(model, calibration[0])
    if precision == "fp32":
        return Converted(load(plain, "cpu"), len(plain))
    start = time.perf_counter()
    fewer = (
        _halved(plain) if precision == "fp16" else quantised(plain, calibration, is_dynamic=precision == "int8-dynamic")
    )
    seconds = time.perf_counter() - start
    return Converted(load(fewer, "cpu"), len(fewer), seconds)


def _halved(exported: bytes) -> bytes:
    whole = onnx.load_from_string(exported)
    half: onnx.ModelProto = convert_float_to_float16(whole, keep_io_types=True)
    return bytes(half.SerializeToString())
