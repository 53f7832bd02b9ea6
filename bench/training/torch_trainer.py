"""Training by torch: eager, or with forward pass, loss and backward pass compiled by torch.compile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ..engines.threads import threads
from ..engines.torch_engines import inductor_alone
from .data import Batch, Floats
from .perceptron import perceptron
from .recipe import BETAS, EPSILON, MOMENTUM, Recipe

Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


class TorchTrainer:
    """A `Trainer` of torch. The optimiser is torch's own, with nothing of it compiled."""

    unscheduled: tuple[str, ...] = ()

    def __init__(self, recipe: Recipe, device: str, *, compiled: bool) -> None:
        torch.set_num_threads(threads())
        self._recipe, self._device = recipe, device
        self.compile_s: float | None = None
        self._loss: Loss = _loss
        self.restart()
        if compiled:
            self._compile()

    def take(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The batch as tensors on the device."""
        return torch.from_numpy(batch.features).to(self._device), torch.from_numpy(batch.labels).to(self._device)

    def restart(self) -> None:
        """Back to the first weights: into the network that is there, since what was compiled is bound to it."""
        fresh = perceptron(self._recipe)
        if not hasattr(self, "_model"):
            self._model = fresh.to(self._device)
        self._model.load_state_dict(fresh.state_dict())
        self._optimizer = _optimizer(self._recipe, self._model)

    def epoch(self, batches: tuple[Any, ...]) -> float:
        """One step a batch; the mean of the losses before each step."""
        losses = [self._step(*batch) for batch in batches]
        return float(torch.stack(losses).mean())

    def logits(self, features: Floats) -> Floats:
        """The network's output."""
        with torch.inference_mode():
            output: Floats = self._model(torch.from_numpy(features).to(self._device)).cpu().numpy()
        return output

    def _step(self, features: Tensor, labels: Tensor) -> Tensor:
        self._optimizer.zero_grad()
        loss = self._loss(self._model, features, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return loss.detach()

    def _compile(self) -> None:
        """Compile time is that of the first step, on zeros, with nothing taken from an earlier process.

        Raises EngineMissingError as the engine does.
        """
        features = np.zeros((self._recipe.batch_size, self._recipe.widths[0]), np.float32)
        batch = self.take(Batch(features, np.zeros(self._recipe.batch_size, np.int64)))
        with inductor_alone():
            self._loss = torch.compile(_loss, dynamic=False, fullgraph=True)
            start = time.perf_counter()
            float(self._step(*batch))
            self.compile_s = time.perf_counter() - start
        self.restart()


def _loss(model: nn.Module, features: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(model(features), labels)


def _optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    if recipe.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), recipe.learning_rate, BETAS, EPSILON)
    momentum = MOMENTUM if recipe.optimizer == "momentum" else 0.0
    return torch.optim.SGD(model.parameters(), recipe.learning_rate, momentum)
