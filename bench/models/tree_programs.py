"""The TreeLSTM in Relax, in three forms: a cell for each node, a graph for each tree, one program for all trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import tvm
from torch import Tensor

from ..recurrent.trees import ROOT, Tree
from .executing import runner, to_device
from .levels import Compiled
from .programs import compile_program, entry_points, part, program
from .relax_import import import_module
from .targets import device_of, target_for
from .tree_lstm import AddChild, ChildSumCell, ForgetInput, Node, WholeTree, encode, rows_of

CPU = "cpu"

# a node's children are a list: its first child, then from sibling to sibling
LINEARISED = """
@I.ir_module
class Trees:
    @R.function(private=True)
    def forget_input(x: R.Tensor((1, inputs), "float32")) -> R.Tensor((1, states), "float32"):
        return R.zeros((1, states), "float32")

    @R.function(private=True)
    def add_child(
        forget_x: R.Tensor((1, states), "float32"),
        h: R.Tensor((1, states), "float32"),
        c: R.Tensor((1, states), "float32"),
        h_sum: R.Tensor((1, states), "float32"),
        c_kept: R.Tensor((1, states), "float32"),
    ) -> R.Tuple(R.Tensor((1, states), "float32"), R.Tensor((1, states), "float32")):
        return (h_sum, c_kept)

    @R.function(private=True)
    def node(
        x: R.Tensor((1, inputs), "float32"),
        h_sum: R.Tensor((1, states), "float32"),
        c_kept: R.Tensor((1, states), "float32"),
    ) -> R.Tuple(R.Tensor((1, states), "float32"), R.Tensor((1, states), "float32")):
        return (h_sum, c_kept)

    @R.function(private=True)
    def siblings(
        child: R.Tensor((), "int64"),
        forget_x: R.Tensor((1, states), "float32"),
        h_sum: R.Tensor((1, states), "float32"),
        c_kept: R.Tensor((1, states), "float32"),
        rows: R.Tensor(("n", inputs), "float32"),
        first: R.Tensor(("n",), "int64"),
        following: R.Tensor(("n",), "int64"),
    ) -> R.Tuple(R.Tensor((1, states), "float32"), R.Tensor((1, states), "float32")):
        cls = Trees
        state = cls.subtree(child, rows, first, following)
        sums = cls.add_child(forget_x, state[0], state[1], h_sum, c_kept)
        further = R.take(following, child)
        is_node = R.greater_equal(further, R.const(0, "int64"))
        if is_node:
            result = cls.siblings(further, forget_x, sums[0], sums[1], rows, first, following)
        else:
            result = sums
        return result

    @R.function(private=True)
    def subtree(
        root: R.Tensor((), "int64"),
        rows: R.Tensor(("n", inputs), "float32"),
        first: R.Tensor(("n",), "int64"),
        following: R.Tensor(("n",), "int64"),
    ) -> R.Tuple(R.Tensor((1, states), "float32"), R.Tensor((1, states), "float32")):
        cls = Trees
        x = R.reshape(R.take(rows, root, axis=0), (1, inputs))
        nothing = R.zeros((1, states), "float32")
        child = R.take(first, root)
        is_node = R.greater_equal(child, R.const(0, "int64"))
        if is_node:
            sums = cls.siblings(child, cls.forget_input(x), nothing, nothing, rows, first, following)
        else:
            sums = (nothing, nothing)
        return cls.node(x, sums[0], sums[1])

    @R.function
    def main(
        root: R.Tensor((), "int64"),
        rows: R.Tensor(("n", inputs), "float32"),
        first: R.Tensor(("n",), "int64"),
        following: R.Tensor(("n",), "int64"),
    ) -> R.Tensor((1, states), "float32"):
        cls = Trees
        state = cls.subtree(root, rows, first, following)
        return state[0]
"""

Take = Callable[[tuple[Tensor, ...]], tuple[Any, ...]]


def compile_cells(cell: ChildSumCell, tree: Tree, exec_mode: str) -> tuple[Compiled, Callable[..., Any], Take]:
    """A cell for each number of children that the tree has, all in one library; Python calls one for each node.

    Returns the program, the call, and what makes its arguments of the inputs `(n, inputs)`, outside of any clock.
    """
    x = torch.zeros(1, cell.inputs)
    examples = {count: [torch.zeros(1, cell.states) for _ in range(2 * count)] for count in tree.arities}
    parts = {f"cell_{count}": part(cell, (x, *states)) for count, states in examples.items()}
    compiled = compile_program(entry_points(parts), target_for(CPU), exec_mode)
    machine = tvm.relax.VirtualMachine(compiled.executable, device_of(CPU))
    cells = {2 * count: machine[f"cell_{count}"] for count in tree.arities}

    def call(*rows: Any) -> Any:
        return encode(tree, rows, lambda row, *states: cells[len(states)](row, *states))

    return compiled, call, lambda inputs: to_device(rows_of(inputs[0]), CPU)


def compile_unrolled(cell: ChildSumCell, tree: Tree, exec_mode: str) -> tuple[Compiled, Callable[..., Any], Take]:
    """The tree as straight-line code, of this tree alone; returns as `compile_cells` does."""
    module = import_module(WholeTree(cell, tree).eval(), (torch.zeros(len(tree.children), cell.inputs),))
    compiled = compile_program(module, target_for(CPU), exec_mode)
    return compiled, runner(compiled.executable, CPU), lambda inputs: to_device(inputs, CPU)


def compile_linearised(cell: ChildSumCell, tree: Tree, exec_mode: str) -> tuple[Compiled, Callable[..., Any], Take]:
    """Recursion inside the compiler, over the tree as arrays: one program for trees of any size and shape.

    Returns as `compile_cells` does. Relax has no algebraic data types, with which Relay wrote this.
    """
    compiled = compile_program(linearised(cell), target_for(CPU), exec_mode, has_branches=True)
    arrays = (torch.tensor(ROOT), *map(torch.from_numpy, tree.linearised()))

    def take(inputs: tuple[Tensor, ...]) -> tuple[Any, ...]:
        root, first, following = arrays
        return to_device((root, inputs[0], first, following), CPU)

    return compiled, runner(compiled.executable, CPU), take


def linearised(cell: ChildSumCell) -> tvm.IRModule:
    """The program before it is compiled."""
    x, (h, c) = torch.zeros(1, cell.inputs), cell.nothing()
    parts = {
        "forget_input": part(ForgetInput(cell), (x,)),
        "add_child": part(AddChild(cell), (torch.zeros(1, cell.states), *cell.nothing(), h, c)),
        "node": part(Node(cell), (x, h, c)),
    }
    return program(LINEARISED, parts, {"inputs": cell.inputs, "states": cell.states})


FORMS = {"cell": compile_cells, "unrolled": compile_unrolled, "linearised": compile_linearised}
