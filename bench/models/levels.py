"""The optimisation levels as passes, and compiling at one of them; `bench/opt_levels.py` says what they mean."""

from __future__ import annotations

from dataclasses import dataclass

import tvm
from tvm import relax
from tvm.ir.transform import Pass, PassContext, Sequential
from tvm.relax import transform
from tvm.s_tir import dlight

from .cpu_schedule import ScheduleForCPU


@dataclass(frozen=True)
class Compiled:
    """What came of compiling: the executable, and how many kernels one call of it runs."""

    executable: tvm.runtime.Executable
    kernels: int
    unscheduled: tuple[str, ...] = ()  # kernels that O3 left with plain loops


def compile_at(level: int, module: tvm.IRModule, target: tvm.target.Target) -> Compiled:
    """Compile at optimisation level 0 to 3.

    All passes run inside `tvm.compile`, so that the time it takes is the level's compile time.
    """
    schedule, counter = ScheduleForCPU(), KernelCounter()
    scheduling = schedule if target.kind.name == "llvm" else dlight.ApplyDefaultSchedule(*_gpu_rules(level))
    scheduled = level >= 3 or target.kind.name != "llvm"
    passes = [
        relax.backend.DispatchSampling(),  # operators that are algorithms rather than loops, such as sorting
        relax.backend.DispatchSortScan(),
        *(_simplifying() if level >= 2 else []),
        *(_fusing() if level >= 1 else [transform.LegalizeOps()]),
        transform.RewriteDataflowReshape(),  # a view of what is there already, so no kernel
        counter,
        *([scheduling] if scheduled else []),
        relax.get_pipeline("default_build"),
    ]
    executable = tvm.compile(module, target, relax_pipeline=Sequential(passes))
    return Compiled(executable, counter.kernels, tuple(schedule.left))


def _simplifying() -> list[Pass]:
    return [
        transform.FoldBatchnormToConv2D(),
        transform.DecomposeOpsForInference(),
        transform.CanonicalizeBindings(),
        transform.FoldConstant(),
        transform.EliminateCommonSubexpr(),
        transform.DeadCodeElimination(),
    ]


def _fusing() -> list[Pass]:
    return [relax.get_pipeline("zero"), transform.DeadCodeElimination()]


def _gpu_rules(level: int) -> list[dlight.ScheduleRule]:
    """A GPU kernel needs its loops bound to threads at any level; below O3 in the plainest way there is."""
    gpu = dlight.gpu
    best = [gpu.Matmul(), gpu.GEMV(), gpu.Reduction(), gpu.GeneralReduction()] if level >= 3 else []
    return [*best, gpu.Fallback()]


@tvm.transform.module_pass(opt_level=0, name="KernelCounter")
class KernelCounter:
    """A pass that changes nothing; `kernels` is then how many kernels one call of `main` runs."""

    def __init__(self) -> None:
        self.kernels = 0

    def transform_module(self, mod: tvm.IRModule, _: PassContext) -> tvm.IRModule:
        """Pass protocol of TVM."""
        call_tir = tvm.ir.Op.get("relax.call_tir")
        values = [binding.value for block in mod["main"].body.blocks for binding in block.bindings]
        self.kernels = sum(isinstance(value, relax.Call) and value.op == call_tir for value in values)
        return mod
