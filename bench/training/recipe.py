"""What is trained, on what and how: one recipe for every engine. Free of TVM and torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Optimizer = Literal["sgd", "momentum", "adam"]

LEARNING_RATES: dict[Optimizer, float] = {"sgd": 0.1, "momentum": 0.02, "adam": 0.001}
MOMENTUM = 0.9
BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam, the defaults of torch and of Relax


@dataclass(frozen=True)
class Recipe:
    """A network of fully connected layers with ReLU between them, and how it learns.

    `widths` are the numbers of features, of each hidden layer's units, and of classes.
    """

    widths: tuple[int, ...]
    batch_size: int
    optimizer: Optimizer
    learning_rate: float
    weights_seed: int = 0
