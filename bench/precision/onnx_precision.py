"""Fewer bits by ONNX Runtime's own tools: half precision by its converter, int8 by its quantiser."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.transformers.float16 import convert_float_to_float16
from torch import nn

from ..engines.onnx_engine import export, load
from .converted import Converted, NotThereError, Samples


class Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands the quantiser one calibration input after the other."""

    def __init__(self, names: list[str], calibration: Samples) -> None:
        self._inputs: Iterator[dict[str, np.ndarray]] = (
            {name: value.numpy() for name, value in zip(names, inputs, strict=True)} for inputs in calibration
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Protocol of the quantiser: None at the end."""
        return next(self._inputs, None)


def convert_onnxruntime(model: nn.Module, precision: str, calibration: Samples) -> Converted:
    """The model in a session of ONNX Runtime. Raises NotThereError for bfloat16."""
    exported = as_onnx(model, precision, calibration)
    return Converted(load(exported, "cpu"), len(exported))


def as_onnx(model: nn.Module, precision: str, calibration: Samples) -> bytes:
    """The model as ONNX; int8 as pairs of QuantizeLinear and DequantizeLinear around single precision operators."""
    if precision == "bf16":
        raise NotThereError("onnxruntime has no conversion to bfloat16")
    plain = onnx.load_from_string(export(model, calibration[0]))
    if precision in {"fp32", "fp16"}:
        whole: onnx.ModelProto = plain if precision == "fp32" else convert_float_to_float16(plain, keep_io_types=True)
        return bytes(whole.SerializeToString())
    # shapes that torch wrote for weights which its exporter then transposed; the quantiser infers them itself
    del plain.graph.value_info[:]
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "plain.onnx", Path(folder) / "quantised.onnx"
        onnx.save(plain, source)
        if precision == "int8-dynamic":
            quantize_dynamic(source, result, weight_type=QuantType.QUInt8)
        else:
            names = [entry.name for entry in plain.graph.input]
            quantize_static(
                *(source, result, Reader(names, calibration)),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                weight_type=QuantType.QInt8,
                activation_type=QuantType.QUInt8,
            )
        return result.read_bytes()
