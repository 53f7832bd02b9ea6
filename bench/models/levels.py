"""The optimisation levels as passes, and compiling at one of them; `bench/opt_levels.py` says what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tvm
from tvm import relax, tirx
from tvm.ir.transform import Pass, PassContext, Sequential
from tvm.relax import transform
from tvm.s_tir import dlight
from tvm.s_tir.meta_schedule.database import JSONDatabase

from .cpu_schedule import IS_SCHEDULED, ScheduleForCPU
from .tuning_files import winners

SCHEDULED, TUNED = 3, 4


class LookupFailedError(Exception):
    """A tuning database was given, and its kernels were not taken."""


@dataclass(frozen=True)
class Compiled:
    """What came of compiling: the executable, and how many kernels one call of it runs."""

    executable: tvm.runtime.Executable
    kernels: int
    unscheduled: tuple[str, ...] = ()  # kernels that O3 left with plain loops
    untuned: tuple[str, ...] = ()  # kernels that at O4 have the schedule of O3


def compile_at(level: int, module: tvm.IRModule, target: tvm.target.Target, database: Path | None = None) -> Compiled:
    """Compile at optimisation level 0 to 4; 4 takes its kernels from the folder `database`, which `tuning` makes.

    All passes run inside `tvm.compile`, so that the time it takes is the level's compile time. Raises ValueError for
    level 4 without a database, LookupFailedError for one whose kernels were not taken.
    """
    if (level >= TUNED) != (database is not None):
        raise ValueError("level 4 takes a tuning database, the others take none")
    schedule, counter, untuned = scheduler(target, best=level >= SCHEDULED), KernelCounter(), UnscheduledKernels()
    passes = [
        *before_scheduling(level),
        counter,
        *([_tuned(target), untuned] if database else []),
        *([schedule] if level >= SCHEDULED or not _is_cpu(target) else []),
        relax.get_pipeline("default_build"),
    ]
    with _opened(database):
        executable = tvm.compile(module, target, relax_pipeline=Sequential(passes))
    if database:
        _check_lookup(database, untuned.names)
    return Compiled(executable, counter.kernels, tuple(getattr(schedule, "left", ())), tuple(untuned.names))


def _check_lookup(database: Path, untuned: Sequence[str]) -> None:
    """Raise LookupFailedError for a kernel that tuning has a better one of, and that was compiled without it.

    TVM says nothing of a kernel that it does not find, and the schedule without tuning would have its name.
    """
    missed = sorted({*winners(database)}.intersection(untuned))
    if missed:
        raise LookupFailedError(f"{database}: has {', '.join(missed)}, which TVM did not find: delete the folder")


def before_scheduling(level: int) -> list[Pass]:
    """The passes that make a level's kernels, their loops still plain."""
    return [
        relax.backend.DispatchSampling(),  # operators that are algorithms rather than loops, such as sorting
        relax.backend.DispatchSortScan(),
        *(_simplifying() if level >= 2 else []),
        *(_fusing() if level >= 1 else [transform.LegalizeOps()]),
        transform.RewriteDataflowReshape(),  # a view of what is there already, so no kernel
    ]


def scheduler(target: tvm.target.Target, *, best: bool) -> Pass:
    """The pass that gives every kernel without a schedule one that needs no tuning.

    On a GPU a kernel needs its loops bound to threads in any case: where `best` is not wanted, in the plainest way.
    """
    if _is_cpu(target):
        return ScheduleForCPU()
    gpu = dlight.gpu
    rules = [gpu.Matmul(), gpu.GEMV(), gpu.Reduction(), gpu.GeneralReduction()] if best else []
    return dlight.ApplyDefaultSchedule(*rules, gpu.Fallback())


def _is_cpu(target: tvm.target.Target) -> bool:
    return str(target.kind.name) == "llvm"


def _opened(database: Path | None) -> AbstractContextManager[Any]:
    """The database as what kernels are looked up in."""
    if database is None:
        return nullcontext()
    opened: AbstractContextManager[Any] = JSONDatabase(work_dir=str(database), allow_missing=False)
    return opened


def _tuned(target: tvm.target.Target) -> Pass:
    with target:  # which the pass asks for when it is made
        return transform.MetaScheduleApplyDatabase()


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


@tvm.transform.module_pass(opt_level=0, name="KernelCounter")
class KernelCounter:
    """A pass that changes nothing; `kernels` is then how many kernels one call of `main` runs."""

    def __init__(self) -> None:
        self.kernels = 0

    def transform_module(self, mod: tvm.IRModule, _: PassContext) -> tvm.IRModule:
        """Pass protocol of TVM."""
        self.kernels = len(called_kernels(mod))
        return mod


@tvm.transform.module_pass(opt_level=0, name="UnscheduledKernels")
class UnscheduledKernels:
    """A pass that changes nothing; `names` are then the kernels of `main` that have no schedule yet."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def transform_module(self, mod: tvm.IRModule, _: PassContext) -> tvm.IRModule:
        """Pass protocol of TVM."""
        called = set(called_kernels(mod))
        self.names = [
            name.name_hint
            for name, function in mod.functions_items()
            if isinstance(function, tirx.PrimFunc)
            and name.name_hint in called
            and not (function.attrs and function.attrs.get(IS_SCHEDULED, False))
        ]
        return mod


def called_kernels(mod: tvm.IRModule) -> list[str]:
    """The name of each kernel that one call of `main` runs, in order, as often as it runs."""
    calls = [tvm.ir.Op.get(name) for name in ("relax.call_tir", "relax.call_tir_inplace")]
    values = [binding.value for block in mod["main"].body.blocks for binding in block.bindings]
    return [str(value.args[0].name_hint) for value in values if isinstance(value, relax.Call) and value.op in calls]
