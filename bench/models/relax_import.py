"""From a torch network to a Relax module with its weights inside."""

from __future__ import annotations

import warnings

import torch
import tvm
from torch import Tensor, nn
from tvm.relax.frontend.torch import from_exported_program


def import_module(model: nn.Module, example: tuple[Tensor, ...]) -> tvm.IRModule:
    """The network as `main`, which takes inputs shaped as `example` and returns one tensor.

    Weights are constants of the module: inference has them fixed, torch's eager mode has them bound too, and without
    their values no level could fold anything.
    """
    with torch.no_grad(), warnings.catch_warnings():
        # torch 2.13 warns of its own tree specs when it copies them
        warnings.filterwarnings("ignore", "`isinstance.treespec, LeafSpec.` is deprecated", FutureWarning)
        program = torch.export.export(model, example)
        return from_exported_program(program, unwrap_unit_return_tuple=True)
