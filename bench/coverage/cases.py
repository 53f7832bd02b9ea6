"""The models that are tried, small enough to run with plain loops, and patterns that models are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ..models import NETWORKS, build
from ..models.char_rnn import N_LANGUAGES, CharCell, Unrolled
from ..models.rnn_cells import build_recurrent, sequence
from ..models.tree_lstm import ChildSumCell
from ..models.vgg16 import VGG16
from .architectures import architecture
from .names import PREFIX, is_architecture

SEED = 0
SMALL_IMAGE = (1, 3, 64, 64)
WIDTH, STEPS = 32, 5
UNITS = 128


@dataclass(frozen=True)
class Case:
    """A model with one output, the inputs it is exported for, and those it is run on, the same by default."""

    model: nn.Module
    example: tuple[Tensor, ...]
    others: tuple[Tensor, ...] | None = None
    dynamic_shapes: Any = None

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What the compiled model is run on."""
        return self.example if self.others is None else self.others


def case_named(name: str) -> Case:
    """The case with weights and inputs from a fixed seed; raises KeyError for an unknown name."""
    torch.manual_seed(SEED)
    case = Case(*architecture(name.removeprefix(PREFIX))) if is_architecture(name) else CASES[name]()
    case.model.eval().requires_grad_(requires_grad=False)
    return case


class First(nn.Module):
    """A model with several outputs as one with the first of them."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *inputs: Tensor) -> Tensor:
        """The first of the outputs."""
        first: Tensor = self.layer(*inputs)[0]
        return first


class LastStep(nn.Module):
    """What most classifiers of sequences do: `outputs[:, -1]`."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.LSTM(WIDTH, WIDTH, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """The output of the last step."""
        outputs: Tensor = self.layer(x)[0]
        return outputs[:, -1]


class LSTMCell(nn.Module):
    """One step, whose state torch wants as a pair."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(WIDTH, WIDTH)

    def forward(self, x: Tensor, hidden: Tensor, memory: Tensor) -> Tensor:
        """The next hidden state."""
        state: Tensor = self.cell(x, (hidden, memory))[0]
        return state


class Attention(nn.Module):
    """Self-attention with four heads."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.MultiheadAttention(WIDTH, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """`(n, steps, 32)` to the same."""
        attended: Tensor = self.layer(x, x, x, need_weights=False)[0]
        return attended


class Branch(nn.Module):
    """One of two ways, chosen by the input."""

    def forward(self, x: Tensor) -> Tensor:
        """The sine where the sum is positive, else the cosine."""
        chosen: Tensor = torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,))
        return chosen


class WhileLoop(nn.Module):
    """A loop whose length the input decides."""

    def forward(self, x: Tensor) -> Tensor:
        """Doubled until the sum of squares is above 100."""
        from torch._higher_order_ops import while_loop  # it has no public name yet

        loop: Any = while_loop
        doubled: Tensor = loop(lambda y: (y * y).sum() < 100, lambda y: (y * 2,), (x,))[0]
        return doubled


def _network(name: str, shape: tuple[int, ...]) -> Case:
    return Case(build(name), (torch.randn(shape),))


def _steps() -> tuple[Tensor, ...]:
    return (torch.randn(1, STEPS, WIDTH),)


def _recurrent(network: str) -> Case:
    return Case(build_recurrent(network, UNITS), sequence(1, STEPS, UNITS, SEED))


def _lstm_cell() -> Case:
    return Case(LSTMCell(), tuple(torch.randn(1, WIDTH) for _ in range(3)))


def _tree_cell() -> Case:
    cell = ChildSumCell()
    children = tuple(torch.randn(1, cell.states) for _ in range(4))  # hidden state and memory of two
    return Case(First(cell), (torch.randn(1, cell.inputs), *children))


def _spelling() -> Case:
    return Case(Unrolled(CharCell(WIDTH)), (torch.randn(1, N_LANGUAGES), torch.tensor([0])))


def _dynamic_batch() -> Case:
    model = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 4))
    shapes = ({0: torch.export.Dim("batch", min=2, max=64)},)
    return Case(model, (torch.randn(4, WIDTH),), (torch.randn(7, WIDTH),), shapes)


def _two(model: nn.Module) -> Case:
    return Case(model, (torch.randn(1, WIDTH), torch.randn(1, WIDTH)))


CASES: dict[str, Callable[[], Case]] = {
    "resnet-18": partial(_network, "resnet-18", SMALL_IMAGE),
    "mobilenet": partial(_network, "mobilenet", SMALL_IMAGE),
    "nature-dqn": partial(_network, "nature-dqn", (1, *NETWORKS["nature-dqn"].input_shape)),
    "vgg-16": lambda: Case(VGG16(image_size=32, hidden=WIDTH), (torch.randn(1, 3, 32, 32),)),
    "dcgan": partial(_network, "dcgan", (1, *NETWORKS["dcgan"].input_shape)),
    "rnn": partial(_recurrent, "rnn"),
    "gru": partial(_recurrent, "gru"),
    "lstm": partial(_recurrent, "lstm"),
    "rnn-cell": lambda: _two(nn.RNNCell(WIDTH, WIDTH)),
    "gru-cell": lambda: _two(nn.GRUCell(WIDTH, WIDTH)),
    "lstm-cell": _lstm_cell,
    "char-rnn": _spelling,
    "treelstm-cell": _tree_cell,
    "embedding": lambda: Case(nn.Embedding(100, WIDTH), (torch.randint(0, 100, (1, STEPS)),)),
    "attention": lambda: Case(Attention(), _steps()),
    "transformer-layer": lambda: Case(nn.TransformerEncoderLayer(WIDTH, 4, 64, batch_first=True), _steps()),
    "last-step": lambda: Case(LastStep(), _steps()),
    "dynamic-batch": _dynamic_batch,
    "branch": lambda: Case(Branch(), (torch.randn(4, 4),)),
    "while-loop": lambda: Case(WhileLoop(), (torch.randn(4, 4),)),
}
