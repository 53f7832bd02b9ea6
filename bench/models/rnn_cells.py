"""Recurrent networks of one layer over a sequence: torch's own RNN, GRU and LSTM."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Recurrent(nn.Module):
    """`(n, steps, hidden_size)` to the hidden states after each step, of the same shape; as many inputs as units."""

    def __init__(self, network: str, hidden_size: int) -> None:
        super().__init__()
        self.layer = CELLS[network](hidden_size, hidden_size, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """All hidden states; the initial state is zero."""
        states: Tensor = self.layer(x)[0]
        return states


def build_recurrent(network: str, hidden_size: int, seed: int = 0) -> nn.Module:
    """The network in eval mode: equal seeds give equal weights. Torch's own random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Recurrent(network, hidden_size)
    return model.eval().requires_grad_(requires_grad=False)


def sequence(batch_size: int, steps: int, hidden_size: int, seed: int) -> tuple[Tensor, ...]:
    """One batch of standard normal sequences, float32 of shape `(batch_size, steps, hidden_size)`."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(batch_size, steps, hidden_size, generator=generator),)
