"""Inputs that differ as pictures do: patches of light and colour, a contrast of their own, and some noise."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..models.registry import NETWORKS

PATCHES = 5  # a side
LIGHT, NOISE = 0.5, 0.3


def sample(network: str, batch_size: int, seed: int) -> tuple[Tensor, ...]:
    """One batch of synthetic pictures for a network of `bench.models`, float32; about mean 0 and variance 1.

    Normal noise alone makes one picture like the other for a convolution: an untrained network then answers all of
    them alike, and nothing is seen of what quantising does to its answers.
    """
    generator = torch.Generator().manual_seed(seed)
    channels, *sides = NETWORKS[network].input_shape
    patches = torch.randn(batch_size, channels, PATCHES, PATCHES, generator=generator)
    light = torch.randn(batch_size, channels, 1, 1, generator=generator)
    contrast = torch.rand(batch_size, 1, 1, 1, generator=generator) + 0.5
    smooth = functional.interpolate(patches + LIGHT * light, size=tuple(sides), mode="bilinear", align_corners=False)
    noise = torch.randn(batch_size, channels, *sides, generator=generator)
    return (contrast * smooth + NOISE * noise,)
