"""The character RNN made ready by an engine: a step for each call, or the whole name inside the compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import tvm

from ..recurrent.names import LONGEST, text_of
from .char_rnn import N_LANGUAGES, Begin, CharCell, Turn, Unrolled, spell
from .executing import runner, to_device
from .levels import Compiled
from .programs import compile_program, part, program
from .relax_import import import_module
from .targets import target_for

CPU = "cpu"

LOOP = """
@I.ir_module
class Names:
    @R.function(private=True)
    def begin(letter: R.Tensor((1,), "int64")) -> R.Tuple(
        R.Tensor((1, hidden_size), "float32"), R.Tensor((longest,), "int64"), R.Tensor((1,), "int64")
    ):
        return (R.zeros((1, hidden_size), "float32"), R.zeros((longest,), "int64"), letter)

    @R.function(private=True)
    def turn(
        category: R.Tensor((1, languages), "float32"),
        letter: R.Tensor((1,), "int64"),
        hidden: R.Tensor((1, hidden_size), "float32"),
        text: R.Tensor((longest,), "int64"),
        count: R.Tensor((1,), "int64"),
    ) -> R.Tuple(
        R.Tensor((1,), "int64"),
        R.Tensor((1, hidden_size), "float32"),
        R.Tensor((longest,), "int64"),
        R.Tensor((1,), "int64"),
        R.Tensor((), "bool"),
    ):
        return (letter, hidden, text, count, R.const(True, "bool"))

    @R.function(private=True)
    def turns(
        category: R.Tensor((1, languages), "float32"),
        letter: R.Tensor((1,), "int64"),
        hidden: R.Tensor((1, hidden_size), "float32"),
        text: R.Tensor((longest,), "int64"),
        count: R.Tensor((1,), "int64"),
    ) -> R.Tensor((longest,), "int64"):
        cls = Names
        after = cls.turn(category, letter, hidden, text, count)
        goes_on = after[4]
        if goes_on:
            name = cls.turns(category, after[0], after[1], after[2], after[3])
        else:
            name = after[2]
        return name

    @R.function
    def main(
        category: R.Tensor((1, languages), "float32"), letter: R.Tensor((1,), "int64")
    ) -> R.Tensor((longest,), "int64"):
        cls = Names
        start = cls.begin(letter)
        return cls.turns(category, letter, start[0], start[1], start[2])
"""

Speller = Callable[..., str]  # of TVM's category and letter


def compile_step(cell: CharCell, exec_mode: str) -> tuple[Compiled, Speller]:
    """One letter a call, the loop in Python."""
    example = (torch.zeros(1, N_LANGUAGES), torch.zeros(1, dtype=torch.int64), cell.nothing())
    compiled = compile_program(import_module(cell, example), target_for(CPU), exec_mode)
    step = runner(compiled.executable, CPU)
    (nothing,) = to_device((cell.nothing(),), CPU)
    return compiled, lambda category, letter: spell(step, category, letter, nothing)


def compile_loop(cell: CharCell, exec_mode: str) -> tuple[Compiled, Speller]:
    """A whole name a call: a Relax function that calls itself while letters follow."""
    compiled = compile_program(looped(cell), target_for(CPU), exec_mode, has_branches=True)
    return compiled, _reading(runner(compiled.executable, CPU))


def compile_unrolled(cell: CharCell, exec_mode: str) -> tuple[Compiled, Speller]:
    """A whole name a call: straight-line code for the longest name there can be."""
    example = (torch.zeros(1, N_LANGUAGES), torch.zeros(1, dtype=torch.int64))
    compiled = compile_program(import_module(Unrolled(cell).eval(), example), target_for(CPU), exec_mode)
    return compiled, _reading(runner(compiled.executable, CPU))


def looped(cell: CharCell) -> tvm.IRModule:
    """The looping program before it is compiled."""
    letter, count = (torch.zeros(1, dtype=torch.int64) for _ in range(2))
    text, category = torch.zeros(LONGEST, dtype=torch.int64), torch.zeros(1, N_LANGUAGES)
    parts = {
        "begin": part(Begin(cell), (letter,)),
        "turn": part(Turn(cell), (category, letter, cell.nothing(), text, count)),
    }
    sizes = {"languages": N_LANGUAGES, "hidden_size": cell.hidden_size, "longest": LONGEST}
    return program(LOOP, parts, sizes)


def _reading(run: Callable[..., Any]) -> Speller:
    return lambda category, letter: text_of(run(category, letter).numpy().tolist())


MODES = {"cell": compile_step, "loop": compile_loop, "unrolled": compile_unrolled}
