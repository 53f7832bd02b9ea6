"""The networks by name: how each is built, and what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .batch_norm import settle_statistics
from .dcgan import DCGAN
from .mobilenet_v2 import MobileNetV2
from .nature_dqn import NatureDQN
from .resnet18 import ResNet18
from .vgg16 import VGG16


@dataclass(frozen=True)
class Network:
    """A network's constructor and the shape of one input, without the batch."""

    make: Callable[[], nn.Module]
    input_shape: tuple[int, int, int]


NETWORKS = {
    "resnet-18": Network(ResNet18, (3, 224, 224)),
    "mobilenet": Network(MobileNetV2, (3, 224, 224)),
    "nature-dqn": Network(NatureDQN, (4, 84, 84)),
    "vgg-16": Network(VGG16, (3, 224, 224)),
    "dcgan": Network(DCGAN, (100, 1, 1)),
}


def build(name: str, seed: int = 0) -> nn.Module:
    """The network `name` in eval mode: equal seeds give equal weights and BatchNorm statistics.

    The global random state of torch is left as it was. Raises KeyError for a name that is not in NETWORKS.
    """
    network = NETWORKS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = network.make()
        settle_statistics(model, network.input_shape)
    return model.eval().requires_grad_(requires_grad=False)


def example_inputs(name: str, batch_size: int, seed: int) -> tuple[Tensor, ...]:
    """One batch of standard normal images (DCGAN: codes), float32 of shape `(batch_size, channels, height, width)`."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(batch_size, *NETWORKS[name].input_shape, generator=generator),)
