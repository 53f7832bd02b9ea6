"""VGG-16 (Simonyan and Zisserman, Very Deep Convolutional Networks, 2014, configuration D): 138,357,544 parameters."""

from __future__ import annotations

from torch import Tensor, nn

CLASSES = 1000
STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # channels, convolutions; each stage halves the image


class VGG16(nn.Module):
    """`(n, 3, image_size, image_size)` images to `(n, 1000)` logits; `hidden` is the width of the two inner layers."""

    def __init__(self, image_size: int = 224, hidden: int = 4096) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs, repeats in STAGES:
            for _ in range(repeats):
                layers += [_convolution(inputs, outputs), nn.ReLU()]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        side = image_size // 2 ** len(STAGES)
        # dropout is left out: it does nothing in inference
        self.head = nn.Sequential(
            nn.Flatten(),
            *(nn.Linear(inputs * side * side, hidden), nn.ReLU()),
            *(nn.Linear(hidden, hidden), nn.ReLU()),
            nn.Linear(hidden, CLASSES),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits, not probabilities."""
        logits: Tensor = self.head(self.features(x))
        return logits


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
    # without BatchNorm, PyTorch's default would let the signal vanish over thirteen layers
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer
