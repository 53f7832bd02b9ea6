"""The child-sum TreeLSTM (Tai et al., Improved Semantic Representations From Tree-Structured LSTMs, 2015, 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..recurrent.trees import ROOT, Tree

INPUT_SIZE, STATE_SIZE = 300, 150
# untrained forget gates are half open, and the root of a chain of 20 would say nothing of its leaf; this is about 0.88
# (Jozefowicz et al., An Empirical Exploration of Recurrent Network Architectures, 2015, 4.3)
FORGET_BIAS = 2.0
MARGIN = 10  # how far beyond the tolerance the root must go when its deepest node is lost


class ChildSumCell(nn.Module):
    """Equations 2 to 8: a node's input and its children's states to the node's own state."""

    def __init__(self, inputs: int = INPUT_SIZE, states: int = STATE_SIZE) -> None:
        super().__init__()
        self.inputs, self.states = inputs, states
        self.gates_x = nn.Linear(inputs, 3 * states)  # input gate, output gate, update
        self.gates_h = nn.Linear(states, 3 * states, bias=False)
        self.forget_x = nn.Linear(inputs, states)
        self.forget_h = nn.Linear(states, states, bias=False)

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, Tensor]:
        """`x` of shape `(1, inputs)`, then `h` and `c` of each child, `(1, states)`, to the node's `h` and `c`."""
        if not states:
            return self.node(x, *self.nothing())
        h, c = torch.cat(states[::2]), torch.cat(states[1::2])
        forget = torch.sigmoid(self.forget_x(x) + self.forget_h(h))
        return self.node(x, h.sum(0, keepdim=True), (forget * c).sum(0, keepdim=True))

    def node(self, x: Tensor, h_sum: Tensor, c_kept: Tensor) -> tuple[Tensor, Tensor]:
        """The node's state from the sum of its children's `h`, and what their forget gates let through of their `c`."""
        gates = self.gates_x(x) + self.gates_h(h_sum)
        entry, exit_, update = torch.split(gates, self.states, dim=1)
        c = torch.sigmoid(entry) * torch.tanh(update) + c_kept
        return torch.sigmoid(exit_) * torch.tanh(c), c

    def nothing(self) -> tuple[Tensor, Tensor]:
        """The sums of a leaf: two tensors, since an export takes one that stands twice for one argument."""
        return torch.zeros(1, self.states), torch.zeros(1, self.states)


class ForgetInput(nn.Module):
    """What a node's own input adds to the forget gates of its children."""

    def __init__(self, cell: ChildSumCell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor) -> Tensor:
        """`(1, inputs)` to `(1, states)`."""
        gate: Tensor = self.cell.forget_x(x)
        return gate


class AddChild(nn.Module):
    """One child more in the two sums over children, so that there can be any number of them."""

    def __init__(self, cell: ChildSumCell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, forget_x: Tensor, h: Tensor, c: Tensor, h_sum: Tensor, c_kept: Tensor) -> tuple[Tensor, Tensor]:
        """The child's `h` and `c`, and both sums so far, to both sums; all `(1, states)`."""
        return h_sum + h, c_kept + torch.sigmoid(forget_x + self.cell.forget_h(h)) * c


class Node(nn.Module):
    """A node's state once its children are summed."""

    def __init__(self, cell: ChildSumCell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor, h_sum: Tensor, c_kept: Tensor) -> tuple[Tensor, Tensor]:
        """As `ChildSumCell.node`."""
        return self.cell.node(x, h_sum, c_kept)


class WholeTree(nn.Module):
    """A tree that is known beforehand: what torch exports of it is straight-line code."""

    def __init__(self, cell: ChildSumCell, tree: Tree) -> None:
        super().__init__()
        self.cell, self.tree = cell, tree

    def forward(self, inputs: Tensor) -> Tensor:
        """`(n, inputs)`, a row for each node, to the root's `h`, `(1, states)`."""
        root: Tensor = encode(self.tree, rows_of(inputs), self.cell)
        return root


def encode(tree: Tree, rows: Sequence[Any], cell: Callable[..., Any]) -> Any:
    """The root's `h`: the cell called for each node after its children, by recursion in Python.

    `cell(row, h, c, ...)` is given the node's row, then `h` and `c` of each child, and returns the node's two.
    """

    def state(node: int) -> Any:
        return cell(rows[node], *[value for child in tree.children[node] for value in state(child)])

    return state(ROOT)[0]


def root_tells_all(tree: Tree, inputs: Tensor, cell: ChildSumCell, *, rtol: float, atol: float) -> bool:
    """Whether the root's state is clearly another one, by these tolerances, when the deepest node's input is zeros."""
    lost = inputs.clone()
    lost[tree.deepest] = 0
    whole, without = (encode(tree, rows_of(values), cell) for values in (inputs, lost))
    return bool(((whole - without).abs() > MARGIN * (atol + rtol * whole.abs())).any())


def build_cell(seed: int = 0) -> ChildSumCell:
    """The cell in eval mode: equal seeds give equal weights. Torch's own random state is left as it was.

    Its forget gates are more open than torch's initial values make them, as those of trained cells are.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        cell = ChildSumCell()
    with torch.no_grad():
        cell.forget_x.bias.add_(FORGET_BIAS)
    return cell.eval().requires_grad_(requires_grad=False)


def rows_of(inputs: Tensor) -> tuple[Tensor, ...]:
    """`(n, inputs)` as n tensors of shape `(1, inputs)`."""
    return torch.split(inputs, 1)


def node_inputs(n_nodes: int, seed: int) -> Tensor:
    """A standard normal input for each node, float32 of shape `(n_nodes, 300)`."""
    return torch.randn(n_nodes, INPUT_SIZE, generator=torch.Generator().manual_seed(seed))
