"""Faults of TVM that the recurrent experiments go around: each test says when TVM has mended one."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
import tvm
from torch import nn

from bench.models.executing import runner, to_device
from bench.models.levels import Compiled
from bench.models.programs import compile_program, part
from bench.models.relax_import import import_module
from bench.models.targets import target_for

CHOOSING = """
@I.ir_module
class Choosing:
    @R.function
    def main(x: R.Tensor((2,), "float32"), more: R.Tensor((), "bool")) -> R.Tensor((2,), "float32"):
        if more:
            y = R.multiply(R.add(x, x), x)
        else:
            y = R.add(R.multiply(x, x), x)
        return y
"""
PLANNED = f"""
import numpy, tvm
from tvm import relax

module = tvm.script.from_source({CHOOSING!r})
main = relax.VirtualMachine(relax.build(module, tvm.target.Target({{"kind": "llvm"}})), tvm.cpu())["main"]
print("compiled", flush=True)
print(main(tvm.runtime.tensor(numpy.ones(2, "float32")), tvm.runtime.tensor(numpy.array(False))).numpy())
print("survived")
"""


class Last(nn.Module):
    """The last of several rows, by its place from the end or from the beginning."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def forward(self, x):
        return torch.relu(x)[:, self.place]


def compiled(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Compiled:
    return compile_program(import_module(model.eval(), inputs), target_for("cpu"), "bytecode")


def test_selecting_from_the_beginning():
    """`y[:, T - 1]` is imported rightly, which is how this project's models are written."""
    inputs = (torch.rand(1, 5, 8) + 1,)
    run = runner(compiled(Last(4), inputs).executable, "cpu")
    np.testing.assert_array_equal(run(*to_device(inputs, "cpu")).numpy(), inputs[0][:, 4].numpy())


def test_selecting_from_the_end_is_imported_wrongly():
    """`y[:, -1]` becomes a read at index -1, before the tensor's memory. Fails once TVM counts from the end.

    The module is looked at and not run: what stands before the memory may be anything.
    """
    module = import_module(Last(-1).eval(), (torch.rand(1, 5, 8),))
    taken = [index.strip() for index in re.findall(r"R.take\(\w+, ([^)]*\)), axis=1", module.script())]
    mended = "TVM has mended the import of negative indices: say so in docs/experiments/rnn_cells.md"
    assert taken == ['R.const(-1, "int64")'], mended


def test_planned_memory_crashes_in_branches():
    """StaticPlanBlockMemory lets a branch of `relax.If` use memory that the other one allocates: the call crashes.

    Fails once TVM survives it; then nothing need be left out of the passes any more.
    """
    run = subprocess.run([sys.executable, "-c", PLANNED], check=False, capture_output=True, text=True)
    assert run.stdout.startswith("compiled"), run.stderr[-2000:]
    mended = "TVM has mended StaticPlanBlockMemory: use it in bench/models/programs.py"
    assert "survived" not in run.stdout, mended
    assert run.returncode == -signal.SIGSEGV, run.stderr[-2000:]


def test_equal_tensors_in_an_example_are_refused():
    """torch.export makes one argument of a tensor that stands twice in an example, so a part is not made of one."""
    same = torch.zeros(1, 2)
    with pytest.raises(ValueError, match="holds a tensor twice"):
        part(nn.Bilinear(2, 2, 1), (same, same))


def test_branches_without_planning():
    """Without that pass a branch is right both ways, in both modes of the virtual machine."""
    x = tvm.runtime.tensor(np.array([2.0, 3.0], dtype="float32"))
    for mode in ("bytecode", "compiled"):
        module = tvm.script.from_source(CHOOSING)
        run = runner(compile_program(module, target_for("cpu"), mode, has_branches=True).executable, "cpu")
        for more, wanted in ((True, [8.0, 18.0]), (False, [6.0, 12.0])):
            assert run(x, tvm.runtime.tensor(np.array(more))).numpy().tolist() == wanted
