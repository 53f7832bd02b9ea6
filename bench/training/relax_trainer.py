"""Training by Relax: its Gradient pass, loss and optimiser, put together by SetupTrainer and driven by its Trainer."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import tvm
from tvm import relax
from tvm.ir.transform import Pass, Sequential
from tvm.relax import training, transform

from ..models.levels import scheduler
from ..models.relax_import import export_program, import_program
from ..models.targets import device_of, target_for
from .data import Batch, Floats
from .perceptron import perceptron
from .recipe import BETAS, EPSILON, MOMENTUM, Recipe

CANNOT = "{optimizer} cannot be had from relax.training in TVM {version}: {problem}"
FUNCTIONS = ["backbone", "backbone_loss_adjoint", "optimizer"]  # SetupTrainer's names for what Trainer calls


class NoOptimizerError(Exception):
    """TVM cannot make the optimiser; the message is its own."""


class RelaxTrainer:
    """A `Trainer` of Relax: forward and backward pass are one function, the optimiser's step another."""

    compile_s: float | None = None  # relaybench meters `tvm.compile`

    def __init__(self, recipe: Recipe, device: str, *, scheduled: bool) -> None:
        torch.set_num_threads(1)  # torch only makes the first weights and the reference here
        self._device = device_of(device)
        self._weights = [value.detach().numpy() for value in perceptron(recipe).parameters()]
        self._module = training_module(recipe)
        target = target_for(device)
        # a GPU's kernels need their loops bound to threads, scheduled or not
        schedule = scheduler(target, best=scheduled) if scheduled or device != "cpu" else None
        # the optimiser's first state is an attribute of arrays, which the compiler has no use for
        compiled = tvm.compile(
            self._module.without_attr("optim_state"), target, relax_pipeline=Sequential(_passes(schedule))
        )
        self.unscheduled: tuple[str, ...] = tuple(getattr(schedule, "left", ()))
        self._machine = relax.VirtualMachine(compiled, self._device)
        self.restart()

    def take(self, batch: Batch) -> tuple[Any, Any]:
        """The batch as TVM tensors on the device."""
        return tvm.runtime.tensor(batch.features, self._device), tvm.runtime.tensor(batch.labels, self._device)

    def restart(self) -> None:
        """Back to the first weights, with a new Trainer, whose optimiser is in its first state."""
        self._trainer = training.Trainer(self._module, self._machine, self._device, zero_init_param_state=False)
        self._trainer.load_params(self._weights)

    def epoch(self, batches: tuple[Any, ...]) -> float:
        """One step a batch; the mean of the losses before each step."""
        losses = [self._trainer.update(*batch) for batch in batches]
        self._device.sync()
        return float(np.mean([loss.numpy() for loss in losses]))

    def logits(self, features: Floats) -> Floats:
        """The network's output; the number of rows is compiled in."""
        output: Floats = self._trainer.predict(features).numpy()
        return output


def training_module(recipe: Recipe) -> tvm.IRModule:
    """The network with its loss, gradients and optimiser; operators are legalised, nothing is fused or scheduled.

    Raises NoOptimizerError. (The Adam of TVM 0.27 asks NumPy for an array of a type that NumPy does not know.)
    """
    batch, classes = recipe.batch_size, recipe.widths[-1]
    program = export_program(perceptron(recipe), (torch.zeros(batch, recipe.widths[0]),))
    function = import_program(program, weights_inside=False)["main"]
    function = function.with_attr("global_symbol", FUNCTIONS[0]).without_attr("num_input")
    count = 2 * (len(recipe.widths) - 1)  # weight and bias of each layer
    backbone = tvm.IRModule({FUNCTIONS[0]: function}).with_attrs({"param_num": count, "state_num": 0})
    optimizer = _optimizer(recipe)
    try:
        optimizer.init(list(function.params[1:]))  # as SetupTrainer will, whose errors are of many kinds
    except ValueError as error:
        problem = str(error).strip().splitlines()[-1]
        text = CANNOT.format(optimizer=recipe.optimizer, version=tvm.__version__, problem=problem)
        raise NoOptimizerError(text) from error
    setup = training.SetupTrainer(
        training.loss.CrossEntropyLoss(reduction="mean"),
        optimizer,
        [relax.TensorType((batch, classes), "float32"), relax.TensorType((batch,), "int64")],
    )
    return setup(backbone)


def _optimizer(recipe: Recipe) -> training.optimizer.Optimizer:
    if recipe.optimizer == "adam":
        return training.optimizer.Adam(recipe.learning_rate, BETAS, EPSILON)
    if recipe.optimizer == "momentum":
        return training.optimizer.MomentumSGD(recipe.learning_rate, MOMENTUM)
    return training.optimizer.SGD(recipe.learning_rate)


def _passes(schedule: Pass | None) -> list[Pass]:
    return [
        relax.get_pipeline("zero"),
        transform.DeadCodeElimination(FUNCTIONS),
        transform.RewriteDataflowReshape(),
        *([schedule] if schedule else []),
        relax.get_pipeline("default_build"),
    ]
