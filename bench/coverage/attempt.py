"""One cell of the table: a model taken by one route into Relax, compiled, run and compared. May crash its process."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import onnx
import torch
import tvm
from tvm.relax.frontend.onnx import from_onnx

from pytest_relaybench.measure.correctness import OutputMismatchError, check_output
from pytest_relaybench.measure.memory import PeakMemory

from ..fresh_process import Answer
from ..models.executing import runner, to_device
from ..models.relax_import import export_program, import_program
from ..models.targets import target_for
from .cases import Case, case_named
from .names import STAGES, Result

RTOL, ATOL = 1e-3, 1e-4
LONGEST_LINE = 200


@dataclass(frozen=True)
class Attempt:
    """How an attempt ended: the stage that it reached, and what went wrong there."""

    result: Result
    stage: str
    message: str = ""


def attempt(tell: Callable[[Any], None], model: str, route: str) -> Attempt:
    """Try a cell; `tell` is given `(stage, peak memory in bytes)` before each stage, for whoever outlives a crash.

    A model that cannot be made, or that torch itself cannot run, raises: that is no finding about TVM.
    """
    peak = PeakMemory()
    peak.restart()
    stage = ""

    def enter(name: str) -> None:
        nonlocal stage
        stage = name
        tell((stage, peak.read_bytes()))

    enter("build")
    case = case_named(model)
    with torch.no_grad():
        wanted = case.model(*case.inputs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _go_through(enter, case, route, wanted)
    except OutputMismatchError as error:
        return Attempt("differs", stage, difference(error))
    except Exception as error:  # noqa: BLE001, whatever it is, it is the finding
        return Attempt("fails", stage, first_line(error))
    finally:
        tell((stage, peak.read_bytes()))
    return Attempt("works", stage)


def conclude(answer: Answer) -> Attempt:
    """How the attempt ended, also when its process did not live to tell."""
    if answer.death:
        stage, _ = answer.told[-1] if answer.told else (STAGES[0], None)
        return Attempt("fails", stage, answer.death)
    found: Attempt = answer.value
    return found


def difference(error: OutputMismatchError) -> str:
    """How many elements differ; not by how much: what was read out of bounds is another number each night."""
    return str(error).removeprefix("output differs from the reference ").partition("; worst")[0][:LONGEST_LINE]


def first_line(error: BaseException) -> str:
    """The error's kind and the first line of what it says, 200 characters at most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return ": ".join([type(error).__name__, *lines[:1]])[:LONGEST_LINE]


def _go_through(enter: Callable[[str], None], case: Case, route: str, wanted: torch.Tensor) -> None:
    enter("export")
    exported = _EXPORTERS[route](case)
    enter("import")
    module = _IMPORTERS[route](exported)
    enter("compile")
    executable = tvm.compile(module, target_for("cpu"))
    enter("run")
    output = runner(executable, "cpu")(*to_device(case.inputs, "cpu"))
    enter("compare")
    check_output(output, wanted, rtol=RTOL, atol=ATOL)


def _onnx_model(case: Case) -> onnx.ModelProto:
    written = io.BytesIO()
    # the exporter reports its progress on standard output
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        program: Any = torch.onnx.export(case.model, case.example, dynamo=True, dynamic_shapes=case.dynamic_shapes)
        program.save(written)
    return onnx.load_from_string(written.getvalue())


_EXPORTERS: dict[str, Callable[[Case], Any]] = {
    "torch.export": lambda case: export_program(case.model, case.example, case.dynamic_shapes),
    "onnx": _onnx_model,
}
_IMPORTERS: dict[str, Callable[[Any], tvm.IRModule]] = {"torch.export": import_program, "onnx": from_onnx}
