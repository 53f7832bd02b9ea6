"""The passes that a spec may name, and the heirs of the predecessor's; free of TVM, so that configs can be checked."""

from __future__ import annotations

# in the order in which the cumulative series adds them: the predecessor's, then those that Relay did not have
SERIES = {
    "FuseOps": "operators become kernels together: AnnotateTIROpPattern, FuseOps, FuseTIR",
    "FoldConstant": "what depends on weights alone is computed by the compiler",
    "EliminateCommonSubexpr": "what is computed twice is computed once",
    "CombineParallelMatmul": "matrix products that share an operand become one",
    "FoldBatchnormToConv2D": "BatchNorm goes into the weights of the convolution before it",
    "DecomposeOpsForInference": "what is left of BatchNorm becomes arithmetic that folds and fuses",
    "CanonicalizeBindings": "bindings of bindings are resolved",
    "RemoveRedundantReshape": "reshapes that undo each other, or do nothing, are removed",
    "DeadCodeElimination": "what nobody reads is removed",
    "StaticPlanBlockMemory": "memory is planned once by the compiler, and not asked for at each call",
    "ConvertLayout": "convolutions run channels-last: ConvertLayout, OptimizeLayoutTransform",
}

# may be named in a spec; CNNs have nothing for them, or they keep kernels from being scheduled
FURTHER = {
    "AdjustMatmulOrder": "chains of matrix products are bracketed anew",
    "ExpandMatmulOfSum": "products of sums are multiplied out",
    "FastMathTransform": "exp, tanh and their like become approximations",
    "DataflowUseInplaceCalls": "results are written over operands that nobody reads any more",
}

PASSES = {**SERIES, **FURTHER}

HEIRS = {
    "FoldScaleAxis": "FoldBatchnormToConv2D",
    "BackwardFoldScaleAxis": "FoldBatchnormToConv2D",
    "CombineParallelConv2D": "CombineParallelMatmul",
    "AlterOpLayout": "ConvertLayout",
    "CanonicalizeOps": "CanonicalizeBindings",
    "SimplifyInference": "DecomposeOpsForInference",
    "DecomposeOps": "DecomposeOpsForInference",  # as TVM's instruments call it
}

WITHOUT_HEIR = {
    "ForwardFoldScaleAxis": "Relax folds scales only into the convolution before them (FoldBatchnormToConv2D)",
    "CanonicalizeCast": "Relax has no pass that moves casts",
    "PartialEvaluate": "Relax has no partial evaluation",
    "ToMixedPrecision": "its outputs are others by design; the experiment `precision` measures it",
}


def pass_named(name: str) -> str:
    """Today's name of a pass, given that or the predecessor's.

    Raises ValueError, in one line, for a pass that Relax does not have or that is not known here.
    """
    if name in WITHOUT_HEIR:
        raise ValueError(f"{name}: {WITHOUT_HEIR[name]}")
    found = HEIRS.get(name, name)
    if found not in PASSES:
        raise ValueError(f"{name!r} is no pass known here; known: {', '.join([*PASSES, *HEIRS])}")
    return found
