"""Whether a device can be measured on this machine with this TVM."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

SAME_DEVICE = {"gpu": "cuda"}  # the predecessor's word


def canonical_device(name: str) -> str:
    """The name that parameters and records use: `"gpu"` is `"cuda"`."""
    return SAME_DEVICE.get(name, name)


def device_problem(name: str) -> str | None:
    """Why nothing can be measured on the device `name`, in one line; None when it can. Imports tvm, but not for cpu."""
    device = canonical_device(name)
    if device == "cpu":
        return None
    if device != "cuda":
        return f'"{name}" is no device that is known here (known: cpu, cuda)'
    if find_spec("tvm") is None:
        return "cuda: TVM is not installed"
    tvm = importlib.import_module("tvm")  # takes seconds, so only the process that measures does it
    if tvm.get_global_func("target.build.cuda", allow_missing=True) is None:
        return f"cuda: TVM {tvm.__version__} was built without CUDA"
    if not tvm.cuda().exist:
        return "cuda: TVM finds no GPU, or no CUDA runtime and driver that it can load"
    return None
