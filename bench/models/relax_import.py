"""From a torch network to a Relax module with its weights inside."""

from __future__ import annotations

import warnings
from typing import Any

import torch
import tvm
from torch import Tensor, nn
from tvm import relax
from tvm.relax.frontend.torch import from_exported_program


def import_module(model: nn.Module, example: tuple[Tensor, ...]) -> tvm.IRModule:
    """The network as `main`, which takes inputs shaped as `example` and returns one tensor.

    Weights are constants of the module: inference has them fixed, torch's eager mode has them bound too, and without
    their values no level could fold anything.
    """
    return import_program(export_program(model, example))


def export_program(
    model: nn.Module, example: tuple[Tensor, ...], dynamic_shapes: Any = None
) -> torch.export.ExportedProgram:
    """What `torch.export` makes of the network, for inputs shaped as `example`; the first half of `import_module`."""
    with torch.no_grad(), warnings.catch_warnings():
        # torch 2.13 warns of its own tree specs when it copies them
        warnings.filterwarnings("ignore", "`isinstance.treespec, LeafSpec.` is deprecated", FutureWarning)
        # what nn.RNN, GRU and LSTM make of their weights while torch traces them
        warnings.filterwarnings("ignore", "The tensor attributes self", UserWarning)
        return torch.export.export(model, example, dynamic_shapes=dynamic_shapes)


def import_program(program: torch.export.ExportedProgram, *, weights_inside: bool = True) -> tvm.IRModule:
    """The Relax module of an exported network; the second half of `import_module`.

    Without `weights_inside`, weights are parameters of `main` after the inputs, in the order of the network's own.
    """
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`isinstance.treespec, LeafSpec.` is deprecated", FutureWarning)
        module = from_exported_program(program, keep_params_as_input=not weights_inside, unwrap_unit_return_tuple=True)
    return module if weights_inside else relax.frontend.detach_params(module)[0]
