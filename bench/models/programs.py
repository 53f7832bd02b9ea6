"""Relax programs of several functions: put together from torch parts, and compiled for either mode of the VM.

Relax's `main` made by an import is straight-line code. Loops and trees are written in TVMScript as functions that call
themselves; what they compute at each step is imported from torch, so that weights and arithmetic are torch's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tvm
from torch import Tensor, nn
from tvm import relax
from tvm.ir.transform import Pass, Sequential
from tvm.relax import transform
from tvm.script import ir
from tvm.script import relax as script_relax

from .levels import SCHEDULED, Compiled, KernelCounter, before_scheduling, scheduler
from .relax_import import import_module


def part(module: nn.Module, example: tuple[Tensor, ...]) -> relax.Function:
    """The torch module as a function for a program.

    Raises ValueError when two of the example's tensors are one: torch.export takes both for the same argument, and the
    function would silently use the first for both.
    """
    if len({id(value) for value in example}) < len(example):
        raise ValueError("the example holds a tensor twice, so that torch.export would make one argument of two")
    return import_module(module.eval(), example)["main"].without_attr("global_symbol")


def program(script: str, parts: Mapping[str, relax.Function], sizes: Mapping[str, int]) -> tvm.IRModule:
    """The TVMScript module with the bodies of its stubs replaced: `parts` has a function for each stub's name.

    A stub states parameters and result as the part has them; its own body only has to fit. `sizes` are the numbers
    that the script names.
    """
    module: Any = tvm.script.from_source(script, extra_vars={"I": ir, "R": script_relax, **sizes})
    for name, function in parts.items():
        module.update_func(module.get_global_var(name), function)
    return module


def entry_points(parts: Mapping[str, relax.Function]) -> tvm.IRModule:
    """A module in which each part can be called by its name from outside."""
    return tvm.IRModule({name: function.with_attr("global_symbol", name) for name, function in parts.items()})


def compile_program(
    module: tvm.IRModule, target: tvm.target.Target, exec_mode: str, *, has_branches: bool = False
) -> Compiled:
    """Compile with the passes and the schedule of optimisation level 3 for `exec_mode`, "bytecode" or "compiled".

    A program that `has_branches` is compiled without StaticPlanBlockMemory, which lets one branch of `relax.If` use
    memory that the other allocates, so that calls crash (TVM 0.27, apache/tvm#20191); each kernel's result then has
    memory of its own, taken from a pool. `kernels` of the result
    counts those of `main`, where there is one without branches.
    """
    schedule, counter = scheduler(target, best=True), KernelCounter()
    counts = not has_branches and "main" in {variable.name_hint for variable in module.get_global_vars()}
    passes = [
        *before_scheduling(SCHEDULED),
        *([counter] if counts else []),
        schedule,
        *(_building_without_planning() if has_branches else [relax.get_pipeline("default_build")]),
    ]
    executable = relax.build(module, target, relax_pipeline=Sequential(passes), exec_mode=exec_mode)
    return Compiled(executable, counter.kernels, tuple(getattr(schedule, "left", ())))


def _building_without_planning() -> list[Pass]:
    """TVM's `default_build` pipeline less StaticPlanBlockMemory, and less what only a GPU needs."""
    return [
        transform.ToNonDataflow(),
        transform.RemovePurityChecking(),
        transform.CallTIRRewrite(),
        transform.LowerAllocTensor(),
        transform.KillAfterLastUse(),
        transform.LowerRuntimeBuiltin(),
        transform.ComputePrimValue(),
        transform.VMShapeLower(),
        transform.AttachGlobalSymbol(),
    ]
