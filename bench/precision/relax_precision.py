"""Fewer bits by TVM: half precision by its pass, int8 by importing what ONNX Runtime's quantiser made."""

from __future__ import annotations

import time

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
    (module, seconds), target = as_relax(model, precision, calibration), target_for("cpu")
    if engine == "relax":
        return Converted(_prepared(tvm.compile(module, target)), quantise_s=seconds)
    compiled = compile_at(SCHEDULED, module, target)
    return Converted(_prepared(compiled.executable, compiled.kernels, compiled.unscheduled), quantise_s=seconds)


def as_relax(model: nn.Module, precision: str, calibration: Samples) -> tuple[tvm.IRModule, float | None]:
    """The model as a Relax module of that precision, which takes and returns single precision, and `quantise_s`."""
    if precision == "fp32":
        return import_module(model, calibration[0]), None
    try:
        if precision in HALVES:
            module = import_module(model, calibration[0])
            start = time.perf_counter()
            module = relax.transform.ToMixedPrecision(out_dtype=HALVES[precision])(module)
            return module, time.perf_counter() - start
        return _from_int8(model, precision, calibration)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        message = " ".join(str(error).split())[:LONGEST_MESSAGE]
        raise NotThereError(f"TVM {tvm.__version__} has no {precision}: {type(error).__name__}: {message}") from error


def _from_int8(model: nn.Module, precision: str, calibration: Samples) -> tuple[tvm.IRModule, float]:
    """What ONNX Runtime's quantiser made, imported: TVM 0.27 has the operators, but no pass that places them."""
    # loaded here: who measures no int8 need not have ONNX Runtime
    from ..engines.onnx_engine import export
    from .onnx_int8 import quantised

    plain = export(model, calibration[0])
    start = time.perf_counter()
    fewer = quantised(plain, calibration, is_dynamic=precision == "int8-dynamic")
    seconds = time.perf_counter() - start
    return from_onnx(onnx.load_from_string(fewer), keep_params_in_input=False), seconds


def _prepared(executable: tvm.runtime.Executable, kernels: int | None = None, left: tuple[str, ...] = ()) -> Prepared:
    return Prepared(
        runner(executable, "cpu"), lambda inputs: to_device(inputs, "cpu"), kernels=kernels, unscheduled=left
    )
