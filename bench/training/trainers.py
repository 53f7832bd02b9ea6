"""A trainer by the engine's name. Loads torch, and TVM where Relax is asked for, so import it late."""

from __future__ import annotations

import pytest

from ..engines.prepared import EngineMissingError
from .course import Trainer
from .recipe import Recipe
from .torch_trainer import TorchTrainer


def trainer(engine: str, recipe: Recipe, device: str) -> Trainer:
    """The recipe's network ready to be trained by `engine`, a name of `config.ENGINES`.

    Skips the test where torch cannot compile here, and, with TVM's message, where Relax cannot make the optimiser.
    """
    if engine in {"torch-eager", "torch-compile"}:
        try:
            return TorchTrainer(recipe, device, compiled=engine == "torch-compile")
        except EngineMissingError as error:
            pytest.skip(str(error))
    # loads TVM, which torch is measured without
    from .relax_trainer import NoOptimizerError, RelaxTrainer

    try:
        return RelaxTrainer(recipe, device, scheduled=engine == "relax-scheduled")
    except NoOptimizerError as error:
        pytest.skip(str(error))
