"""Relax as an engine: as TVM compiles by default, with a schedule that needs no tuning, or with a tuning database."""

from __future__ import annotations

from pathlib import Path

import torch
import tvm
from torch import Tensor, nn
from tvm import relax

from ..models.cpu_schedule import ScheduleForCPU
from ..models.executing import runner, to_device
from ..models.levels import compile_at
from ..models.relax_import import import_module
from ..models.targets import target_for
from .prepared import Prepared


def prepare_relax(
    engine: str, model: nn.Module, example: tuple[Tensor, ...], device: str, database: Path | None = None
) -> Prepared:
    """The model compiled by TVM for inputs shaped as `example`.

    `engine` is "relax" (TVM's default pipeline), "relax-scheduled" (passes and schedule of `relay_opt`'s level 3) or
    "relax-tuned" (as scheduled, kernels of the MetaSchedule `database` in place of those of the schedule).
    """
    torch.set_num_threads(1)  # torch only makes references here
    module = import_module(model, example)
    target = target_for(device)
    if engine == "relax":
        executable, unscheduled, kernels = tvm.compile(module, target), (), None
    else:
        compiled = compile_at(3, module, target)
        executable, unscheduled, kernels = compiled.executable, compiled.unscheduled, compiled.kernels
    return Prepared(
        runner(executable, device),
        lambda inputs: to_device(inputs, device),
        kernels=kernels,
        unscheduled=unscheduled,
    )
