"""The generator of Radford et al., Unsupervised Representation Learning with DCGANs, 2015, figure 1.

It has 12,658,435 parameters.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

CODE = 100
WIDTHS = (1024, 512, 256, 128)
CHANNELS = 3
SPREAD = 0.02  # of the weights, section 4 of the paper


class DCGAN(nn.Module):
    """`(n, 100, 1, 1)` codes to `(n, 3, 64, 64)` images in -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [*_upwards(CODE, WIDTHS[0], stride=1, padding=0)]
        for inputs, outputs in pairwise(WIDTHS):
            layers += _upwards(inputs, outputs, stride=2, padding=1)
        layers += [nn.ConvTranspose2d(WIDTHS[-1], CHANNELS, 4, 2, 1, bias=True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Images."""
        images: Tensor = self.layers(x)
        return images


def _upwards(inputs: int, outputs: int, stride: int, padding: int) -> list[nn.Module]:
    layer = nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False)
    nn.init.normal_(layer.weight, std=SPREAD)
    return [layer, nn.BatchNorm2d(outputs), nn.ReLU()]
