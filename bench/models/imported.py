"""A network and the Relax module made of it, kept for the tests that follow on the same network."""

from __future__ import annotations

from functools import lru_cache

import tvm
from torch import nn

from ..network_names import WEIGHTS_SEED
from .registry import build, example_inputs
from .relax_import import import_module


# one at a time, for VGG-16 alone is half a gigabyte twice; all that is done to a network comes one after the other
@lru_cache(maxsize=1)
def imported(network: str, batch_size: int) -> tuple[nn.Module, tvm.IRModule]:
    """The torch model, and the Relax module made of it, for batches of `batch_size`."""
    model = build(network, WEIGHTS_SEED)
    return model, import_module(model, example_inputs(network, batch_size, seed=0))
