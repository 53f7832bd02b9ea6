"""Calling what TVM compiled, with nothing in the call but the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tvm
from torch import Tensor
from tvm import relax

from .targets import device_of


def runner(executable: tvm.runtime.Executable, device_name: str) -> Callable[..., Any]:
    """`main` of the executable, looked up once; on a GPU it returns when the work is done, not when it is queued."""
    device = device_of(device_name)
    main = relax.VirtualMachine(executable, device)["main"]
    if device_name == "cpu":
        return main  # type: ignore[no-any-return]

    def synchronised(*arguments: Any) -> Any:
        result = main(*arguments)
        device.sync()
        return result

    return synchronised


def to_device(inputs: tuple[Tensor, ...], device_name: str) -> tuple[Any, ...]:
    """The inputs as TVM tensors of their own on the device."""
    return tuple(tvm.runtime.tensor(value.numpy(), device_of(device_name)) for value in inputs)
