"""The network that is trained, as torch has it."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from .recipe import Recipe


def perceptron(recipe: Recipe) -> nn.Sequential:
    """Fully connected layers with ReLU between them; equal recipes give equal weights.

    The global random state of torch is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.weights_seed)
        layers = [part for pair in pairwise(recipe.widths) for part in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*layers[:-1])
