"""What the optimisation levels of `relay_opt` mean; free of TVM, so that a config's description can say it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

OPT_LEVELS = (0, 1, 2, 3)  # by default
TUNED = 4
OptLevel = Annotated[int, Field(ge=OPT_LEVELS[0], le=TUNED)]

MEANINGS = (
    "0: each operator is a kernel of its own; "
    "1: constants folded and kernels fused, TVM's `zero` pipeline; "
    "2: BatchNorm folded into convolutions, common subexpressions and dead code removed, then as 1; "
    "3: as 2, and kernels scheduled without tuning; "
    "4: as 3, and kernels tuned by MetaSchedule where that gains anything, which takes minutes in its first night"
)
