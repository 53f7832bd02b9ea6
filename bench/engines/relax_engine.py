"""Relax as an engine: as TVM compiles by default, with a schedule that needs no tuning, or with a tuning database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
import tvm
from torch import Tensor, nn

from ..models.executing import runner, to_device
from ..models.levels import SCHEDULED, TUNED, Compiled, compile_at
from ..models.relax_import import import_module
from ..models.targets import target_for
from .prepared import Prepared
from .starting import start_relax

LEVELS = {"relax-scheduled": SCHEDULED, "relax-tuned": TUNED}


def prepare_relax(
    engine: str, model: nn.Module, example: tuple[Tensor, ...], device: str, database: Path | None = None
) -> Prepared:
    """The model compiled by TVM for inputs shaped as `example`.

    `engine` is "relax" (TVM's default pipeline), "relax-scheduled" (passes and schedule of `relay_opt`'s level 3) or
    "relax-tuned" (as scheduled, but for kernels that MetaSchedule's `database` has better ones of: level 4). Raises
    ValueError for a database that is missing, or not asked for.
    """
    torch.set_num_threads(1)  # torch only makes references here
    start_relax()
    module, target = import_module(model, example), target_for(device)
    if engine == "relax":
        return _called(tvm.compile(module, target), device)
    return compiled_by_relax(compile_at(LEVELS[engine], module, target, database), device)


def compiled_by_relax(compiled: Compiled, device: str) -> Prepared:
    """What TVM has compiled, in the form of all engines."""
    ready = _called(compiled.executable, device)
    return replace(ready, kernels=compiled.kernels, unscheduled=compiled.unscheduled, untuned=compiled.untuned)


def _called(executable: tvm.runtime.Executable, device: str) -> Prepared:
    return Prepared(runner(executable, device), lambda inputs: to_device(inputs, device))
