"""The precisions by name, and how far an output may be from that of single precision; free of TVM and torch."""

from __future__ import annotations

from typing import Literal, get_args

Precision = Literal["fp32", "fp16", "bf16", "int8", "int8-dynamic"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

MEANINGS = (
    "fp16, bf16: half precision inside, single outside; "
    "int8: weights and activations, ranges from calibration; "
    "int8-dynamic: weights ahead, activations as they come"
)

# What an honest conversion of an untrained network may do, and less than what zeros, another input's answers, a lost
# layer or a lost scale make of it: of any element, as a share of the largest output in single precision ...
TOLERANCES: dict[str, float] = {"fp32": 1e-4, "fp16": 0.05, "bf16": 0.2, "int8": 0.5, "int8-dynamic": 0.5}
# ... and of all of them together, the relative error in percent
MOST_ERROR: dict[str, float] = {"fp32": 0.01, "fp16": 5.0, "bf16": 20.0, "int8": 40.0, "int8-dynamic": 40.0}
