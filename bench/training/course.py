"""Training from the first weights to the last, an epoch at a time, with a clock around each."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .data import Batch, Data, Floats


class Trainer(Protocol):
    """A network that an engine trains. What `take` makes of a batch is kept, so that no clock sees it."""

    compile_s: float | None  # seconds; None where relaybench measures it itself, or where nothing is compiled
    unscheduled: tuple[str, ...]  # kernels left with plain loops

    def take(self, batch: Batch) -> Any:
        """The engine's own form of a batch."""
        ...

    def restart(self) -> None:
        """Back to the first weights, with a fresh optimiser."""
        ...

    def epoch(self, batches: tuple[Any, ...]) -> float:
        """One step a batch; the mean of the losses before each step. Returns when all work is done."""
        ...

    def logits(self, features: Floats) -> Floats:
        """The network's output for one batch of features, of the size it is trained with."""
        ...


@dataclass(frozen=True)
class Course:
    """What came of training: seconds and mean loss of each epoch, and the share of test points told right."""

    seconds: tuple[float, ...]
    losses: tuple[float, ...]
    accuracy: float


def run_course(trainer: Trainer, data: Data, epochs: int) -> Course:
    """Train from the first weights for so many epochs, then test."""
    batches = tuple(trainer.take(batch) for batch in data.batches)
    trainer.restart()
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        times, losses = zip(*(_timed_epoch(trainer, batches) for _ in range(epochs)), strict=True)
    finally:
        if enabled:
            gc.enable()
    return Course(times, losses, accuracy(trainer, data.test, len(data.batches[0].labels)))


def _timed_epoch(trainer: Trainer, batches: tuple[Any, ...]) -> tuple[float, float]:
    start = time.perf_counter()
    loss = trainer.epoch(batches)
    return time.perf_counter() - start, loss


def accuracy(trainer: Trainer, test: Batch, batch_size: int) -> float:
    """Share of the test points, 0 to 1, whose class has the largest logit; the last batch is filled with the first."""
    count = len(test.labels)
    places = np.arange(-(-count // batch_size) * batch_size) % count
    found = [trainer.logits(test.features[part]).argmax(axis=1) for part in np.split(places, len(places) // batch_size)]
    return float((np.concatenate(found)[:count] == test.labels).mean())
