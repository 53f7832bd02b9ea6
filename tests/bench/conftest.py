"""Compiling torch networks and running them, as the experiments do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import setuptools  # noqa: F401, before anything of Python's own distutils, which Inductor cannot bear in one process
import torch
from torch import nn

from bench.models.executing import runner, to_device
from bench.models.levels import Compiled, compile_at
from bench.models.relax_import import import_module
from bench.models.targets import target_for


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """As experiments run; TVM reads the variable at its first parallel kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TVM_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def compile_and_check() -> Callable[..., Compiled]:
    """Compiles the model at a level and holds its output against torch's."""
    imported = {}

    def check(model: nn.Module, inputs: tuple[torch.Tensor, ...], level: int, device: str = "cpu") -> Compiled:
        key = id(model)
        if key not in imported:
            imported[key] = (model, import_module(model, inputs))  # the model too, so that its id is not used anew
        compiled = compile_at(level, imported[key][1], target_for(device))
        with torch.no_grad():
            wanted = model(*inputs).numpy()
        found = runner(compiled.executable, device)(*to_device(inputs, device)).numpy()
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
        return compiled

    return check
