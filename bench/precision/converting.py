"""A model in any precision by any engine. Each engine's module is loaded when it is asked for: it imports much."""

from __future__ import annotations

import pytest
from torch import nn

from ..engines.preparing import skip_if_missing
from .converted import Converted, NotThereError, Samples


def convert(engine: str, model: nn.Module, precision: str, calibration: Samples) -> Converted:
    """The model in the precision, calibrated on inputs where that takes any.

    Skips the test where the engine is not installed, or has no way to the precision: with its own words.
    """
    is_relax = engine.startswith("relax")
    skip_if_missing("onnxruntime" if is_relax and precision.startswith("int8") else engine)
    try:
        return _converted(engine, model, precision, calibration)
    except NotThereError as error:
        pytest.skip(str(error))


def _converted(engine: str, model: nn.Module, precision: str, calibration: Samples) -> Converted:
    if engine == "torch-eager":
        from .torch_precision import convert_torch

        return convert_torch(model, precision, calibration)
    if engine == "onnxruntime":
        from .onnx_precision import convert_onnxruntime

        return convert_onnxruntime(model, precision, calibration)
    from .relax_precision import convert_relax

    return convert_relax(engine, model, precision, calibration)
