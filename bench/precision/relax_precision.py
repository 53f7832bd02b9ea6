"""Fewer bits by TVM: half precision by its pass, int8 by importing what ONNX Runtime's quantiser made."""

from __future__ import annotations

import onnx
import torch
import tvm
from torch import nn
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx

from ..engines import Prepared
from ..models.executing import runner, to_device
from ..models.levels import SCHEDULED, compile_at
from ..models.relax_import import import_module
from ..models.targets import target_for
from .converted import Converted, NotThereError, Samples

HALVES = {"fp16": "float16", "bf16": "bfloat16"}
LONGEST_MESSAGE = 300


def convert_relax(engine: str, model: nn.Module, precision: str, calibration: Samples) -> Converted:
    """The model compiled by TVM, by its default pipeline ("relax") or with a schedule ("relax-scheduled").

    Raises NotThereError, with TVM's message, where TVM cannot make such a module.
    """
    torch.set_num_threads(1)  # torch only makes references here
    module, target = as_relax(model, precision, calibration), target_for("cpu")
    if engine == "relax":
        return Converted(_prepared(tvm.compile(module, target)))
    compiled = compile_at(SCHEDULED, module, target)
    return Converted(_prepared(compiled.executable, compiled.kernels, compiled.unscheduled))


def as_relax(model: nn.Module, precision: str, calibration: Samples) -> tvm.IRModule:
    """The model as a Relax module of that precision, which takes and returns single precision."""
    if precision == "fp32":
        return import_module(model, calibration[0])
    try:
        if precision in HALVES:
            return relax.transform.ToMixedPrecision(out_dtype=HALVES[precision])(import_module(model, calibration[0]))
        return from_onnx(onnx.load_from_string(_quantised(model, precision, calibration)), keep_params_in_input=False)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        message = " ".join(str(error).split())[:LONGEST_MESSAGE]
        raise NotThereError(f"TVM {tvm.__version__} has no {precision}: {type(error).__name__}: {message}") from error


def _quantised(model: nn.Module, precision: str, calibration: Samples) -> bytes:
    """By ONNX Runtime's tools, which who wants other precisions need not have."""
    from .onnx_precision import as_onnx

    return as_onnx(model, precision, calibration)


def _prepared(executable: tvm.runtime.Executable, kernels: int | None = None, left: tuple[str, ...] = ()) -> Prepared:
    return Prepared(
        runner(executable, "cpu"), lambda inputs: to_device(inputs, "cpu"), kernels=kernels, unscheduled=left
    )
