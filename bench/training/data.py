"""Points around class centres: data that a small network can learn, made here and the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

# in 784 dimensions centres lie six to eight standard deviations of the noise apart: nearly every point can be told,
# yet a few thousand do not show the network all there is to learn
CENTRE_SCALE = 0.18
SCALE = 0.2  # of all features: about the length of a picture of a digit, for which the usual learning rates are made


@dataclass(frozen=True)
class Batch:
    """Features of shape `(n, features)` and the class of each row, 0 to `classes - 1`."""

    features: Floats
    labels: Labels


@dataclass(frozen=True)
class Data:
    """What is trained on, batch by batch in this order in every epoch, and one batch that is kept for the test."""

    batches: tuple[Batch, ...]
    test: Batch


def make_data(features: int, classes: int, count: int, batch_size: int, seed: int) -> Data:
    """`count` points to train on, rounded down to whole batches, and a quarter as many for the test.

    Classes are equally likely. Raises ValueError where there is no whole batch.
    """
    if count < batch_size:
        raise ValueError(f"{count} samples make no batch of {batch_size}")
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((classes, features)) * CENTRE_SCALE
    batches = tuple(_points(generator, centres, batch_size) for _ in range(count // batch_size))
    return Data(batches, _points(generator, centres, max(1, count // 4)))


def _points(generator: np.random.Generator, centres: npt.NDArray[np.float64], count: int) -> Batch:
    labels = generator.integers(len(centres), size=count)
    noise = generator.standard_normal((count, centres.shape[1]))
    return Batch(((centres[labels] + noise) * SCALE).astype(np.float32), labels.astype(np.int64))
