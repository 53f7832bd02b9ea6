"""BatchNorm layers as training would leave them, without training."""

from __future__ import annotations

import torch
from torch import nn

SPREAD = 0.1  # of scale and shift around the values that PyTorch starts with


def settle_statistics(model: nn.Module, input_shape: tuple[int, ...], *, batch_size: int = 2) -> None:
    """Give every BatchNorm layer the statistics of its own activations, and a scale and shift that are not 1 and 0.

    Untrained layers have mean 0 and variance 1: activations then grow or vanish with depth, and folding the layer
    into a convolution folds nothing. Draws from torch's global random state; `input_shape` has no batch.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    if not layers:
        return
    for layer in layers:
        nn.init.normal_(layer.weight, mean=1.0, std=SPREAD)
        nn.init.normal_(layer.bias, std=SPREAD)
        layer.momentum = None  # an average over all batches seen, not a moving one
    model.train()
    with torch.no_grad():
        model(torch.randn(batch_size, *input_shape))
