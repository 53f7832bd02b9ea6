"""int8 by ONNX Runtime's quantiser: the one way in which experiments come to 8 bits outside of torch."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
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

from .converted import Samples


class Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands the quantiser one calibration input after the other."""

    def __init__(self, names: list[str], calibration: Samples) -> None:
        self._inputs: Iterator[dict[str, np.ndarray]] = (
            {name: value.numpy() for name, value in zip(names, inputs, strict=True)} for inputs in calibration
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Protocol of the quantiser: None at the end."""
        return next(self._inputs, None)


def quantised(exported: bytes, calibration: Samples, *, is_dynamic: bool = False) -> bytes:
    """The ONNX model with 8 bits, weights with a scale for each output channel.

    Static: pairs of QuantizeLinear and DequantizeLinear around operators of single precision, ranges of activations
    from `calibration`. Dynamic: operators of integers, ranges of activations as they come.
    """
    plain = onnx.load_from_string(exported)
    # shapes that torch wrote for weights which its exporter then transposed; the quantiser infers them itself
    del plain.graph.value_info[:]
    with tempfile.TemporaryDirectory(prefix="relaybench-int8-") as folder, _silence():
        source, result = Path(folder) / "plain.onnx", Path(folder) / "quantised.onnx"
        onnx.save(plain, source)
        if is_dynamic:
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
