"""A model in some precision, ready to be called: the form in which engines hand it to the experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..engines import Prepared

Samples = Sequence[tuple[Tensor, ...]]  # inputs, each as the model takes it


class NotThereError(Exception):
    """The engine has no way to this precision; the message says what it answers."""


@dataclass(frozen=True)
class Converted:
    """`bytes` of what would be shipped: weights, and code where there is any; None where relaybench takes it itself.

    `quantise_s` are the seconds from single precision to fewer bits, with calibration, without export and compiling;
    None for single precision.
    """

    prepared: Prepared
    bytes: int | None = None
    quantise_s: float | None = None
