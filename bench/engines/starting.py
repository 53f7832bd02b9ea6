"""What TVM does once a process, done before anything is measured."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import nn

from pytest_relaybench.measure.fixtures import METER

from ..models.levels import SCHEDULED, compile_at
from ..models.relax_import import import_module
from ..models.targets import target_for


@lru_cache(maxsize=1)
def start_relax() -> None:
    """Compile a convolution for the CPU, unmetered: the compile time of a process' first model is then its own."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()).eval().requires_grad_(requires_grad=False)
    with METER.paused():
        compile_at(SCHEDULED, import_module(model, (torch.zeros(1, 1, 8, 8),)), target_for("cpu"))
