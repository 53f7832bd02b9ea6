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

IN_FLOATS = "computed in floats"  # what TVM 0.27 makes of an imported int8 model: rounding, and no gain

# What an honest conversion of an untrained network may do, measured and rounded up, in two ways: of any element, as a
# share of the largest output in single precision ...
TOLERANCES: dict[str, float] = {"fp32": 1e-4, "fp16": 0.05, "bf16": 0.2, "int8": 0.5, "int8-dynamic": 0.5}
# ... and of all of them together, the relative error in percent
MOST_ERROR: dict[str, dict[str, float]] = {
    "nature-dqn": {"fp32": 0.01, "fp16": 1.5, "bf16": 2.0, "int8": 15.0, "int8-dynamic": 4.0},
    "resnet-18": {"fp32": 0.01, "fp16": 2.0, "bf16": 4.0, "int8": 14.0, "int8-dynamic": 6.0},
    "mobilenet": {"fp32": 0.01, "fp16": 5.0, "bf16": 12.0, "int8": 30.0, "int8-dynamic": 22.0},
    "vgg-16": {"fp32": 0.01, "fp16": 5.0, "bf16": 12.0, "int8": 15.0, "int8-dynamic": 15.0},  # not measured: a guess
}
MOST_OF_MEAN_ANSWER = 0.75  # of the error of one answer to everything; what is not below that says nothing of its input
FEWEST_ROWS = 4  # of fewer, the mean answer is too near to each of them to be compared with
SCALE_WITHIN = 0.1  # of 1, by the best fit: an error of the scale is a fault of the conversion, and no rounding
