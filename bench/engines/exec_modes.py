"""Relax's two ways to run a program, as engines: bytecode that a loop reads, or code compiled for the machine.

Kernels are the same in both, with the schedule that needs no tuning; only what calls them differs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..models.executing import runner, to_device
from ..models.programs import compile_program
from ..models.relax_import import import_module
from ..models.targets import target_for
from .prepared import Prepared
from .starting import start_relax

EXEC_MODES = {"relax-bytecode": "bytecode", "relax-compiled": "compiled"}


def prepare_in_mode(engine: str, model: nn.Module, example: tuple[Tensor, ...], device: str) -> Prepared:
    """The model compiled by TVM for inputs shaped as `example`, and run as `engine`, a name of EXEC_MODES, says."""
    torch.set_num_threads(1)  # torch only makes references here
    start_relax()
    compiled = compile_program(import_module(model, example), target_for(device), EXEC_MODES[engine])
    return Prepared(
        runner(compiled.executable, device),
        lambda inputs: to_device(inputs, device),
        kernels=compiled.kernels,
        unscheduled=compiled.unscheduled,
    )
