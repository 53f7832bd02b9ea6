"""Compiling by a list of passes: those that are named, and what no compilation can do without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import tvm
from tvm import relax
from tvm.ir.transform import Pass, PassContext, Sequential
from tvm.relax import transform

from ..models.levels import KernelCounter, scheduler
from .clock import PassClock
from .specs import PassSpec

CHANNELS_LAST = {"relax.nn.conv2d": ["NHWC", "OHWI"]}
PLANNING = "StaticPlanBlockMemory"  # a part of `default_build`, so it is switched off rather than left out

# each in its place: simplify while operators are whole, then turn them into kernels, then fold and fuse those
_BEFORE: Mapping[str, Callable[[], list[Pass]]] = {
    "FoldBatchnormToConv2D": lambda: [transform.FoldBatchnormToConv2D()],
    "DecomposeOpsForInference": lambda: [transform.DecomposeOpsForInference()],
    "EliminateCommonSubexpr": lambda: [transform.EliminateCommonSubexpr()],
    "AdjustMatmulOrder": lambda: [transform.AdjustMatmulOrder()],
    "ExpandMatmulOfSum": lambda: [transform.ExpandMatmulOfSum()],
    "CombineParallelMatmul": lambda: [transform.CombineParallelMatmul()],
    "FastMathTransform": lambda: [transform.FastMathTransform()],
    "RemoveRedundantReshape": lambda: [transform.RemoveRedundantReshape()],
    "CanonicalizeBindings": lambda: [transform.CanonicalizeBindings()],
    "FoldConstant": lambda: [transform.FoldConstant()],  # for ConvertLayout, see specs.crash_of
    "ConvertLayout": lambda: [transform.ConvertLayout(CHANNELS_LAST), transform.OptimizeLayoutTransform()],
    "DataflowUseInplaceCalls": lambda: [transform.DataflowUseInplaceCalls()],
}
_AFTER: Mapping[str, Callable[[], list[Pass]]] = {
    "FoldConstant": lambda: [transform.FoldConstant()],
    "FuseOps": lambda: [transform.AnnotateTIROpPattern(), transform.FuseOps(), transform.FuseTIR()],
    "DeadCodeElimination": lambda: [transform.DeadCodeElimination()],
}

# what TVM calls the passes of each of our names
_TVM_NAMES = {
    "FuseOps": ("AnnotateTIROpPattern", "FuseOps", "FuseTIR"),
    "ConvertLayout": ("ConvertLayout", "OptimizeLayoutTransform"),
    "DecomposeOpsForInference": ("DecomposeOps",),
    "DataflowUseInplaceCalls": ("DataflowInsertInPlaceCalls",),
}


@dataclass(frozen=True)
class CompiledBy:
    """What came of compiling by a spec; `pass_s` has the seconds of each pass that the spec names."""

    executable: tvm.runtime.Executable
    kernels: int
    unscheduled: tuple[str, ...]
    pass_s: Mapping[str, float]


def compile_by(spec: PassSpec, module: tvm.IRModule, target: tvm.target.Target, *, schedule: bool) -> CompiledBy:
    """Compile with the passes of the spec; `schedule` has the kernels scheduled at the end, without tuning.

    A pass that the spec names runs at any level of it; the level decides about TVM's own passes. On a GPU kernels are
    bound to threads also without a schedule, for they could not run else.
    """
    scheduling, counter, clock = scheduler(target, best=schedule), KernelCounter(), PassClock()
    passes = [
        relax.backend.DispatchSampling(),
        relax.backend.DispatchSortScan(),
        *_chosen(_BEFORE, spec),
        transform.LegalizeOps(),
        *_chosen(_AFTER, spec),
        transform.RewriteDataflowReshape(),
        counter,
        *([scheduling] if schedule or target.kind.name != "llvm" else []),
        relax.get_pipeline("default_build"),
    ]
    required = [tvm_name for name in spec.passes for tvm_name in tvm_names(name)]
    disabled = [] if PLANNING in spec.passes else [PLANNING]
    with PassContext(opt_level=spec.level, required_pass=required, disabled_pass=disabled, instruments=[clock]):
        executable = tvm.compile(module, target, relax_pipeline=Sequential(passes))
    seconds = {name: clock.seconds(tvm_names(name)) for name in spec.passes}
    return CompiledBy(executable, counter.kernels, tuple(getattr(scheduling, "left", ())), seconds)


def tvm_names(name: str) -> tuple[str, ...]:
    """What TVM calls the passes that run for one of our names."""
    return _TVM_NAMES.get(name, (name,))


def _chosen(known: Mapping[str, Callable[[], list[Pass]]], spec: PassSpec) -> list[Pass]:
    return [step for name, make in known.items() if name in spec.passes for step in make()]
