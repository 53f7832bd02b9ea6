"""The network of Mnih et al., Human-level control through deep reinforcement learning, Nature 2015, Methods."""

from __future__ import annotations

from torch import Tensor, nn

FRAMES = 4
ACTIONS = 18  # all that an Atari controller can do


class NatureDQN(nn.Module):
    """`(n, 4, 84, 84)` stacks of frames to `(n, 18)` action values."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(FRAMES, 32, kernel_size=8, stride=4), nn.ReLU()),
            *(nn.Conv2d(32, 64, kernel_size=4, stride=2), nn.ReLU()),
            *(nn.Conv2d(64, 64, kernel_size=3), nn.ReLU()),
            nn.Flatten(),
            *(nn.Linear(64 * 7 * 7, 512), nn.ReLU()),
            nn.Linear(512, ACTIONS),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Action values."""
        values: Tensor = self.layers(x)
        return values
