"""What the optimisation levels of `relay_opt` mean; free of TVM, so that a config's description can say it."""

from __future__ import annotations

from typing import Literal, get_args

OptLevel = Literal[0, 1, 2, 3]
OPT_LEVELS: tuple[OptLevel, ...] = get_args(OptLevel)

MEANINGS = (
    "0: each operator is a kernel of its own; "
    "1: constants folded and kernels fused, TVM's `zero` pipeline; "
    "2: BatchNorm folded into convolutions, common subexpressions and dead code removed, then as 1; "
    "3: as 2, and kernels scheduled without tuning"
)
