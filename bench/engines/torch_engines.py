"""PyTorch as an engine: eager, and compiled by torch.compile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .prepared import Prepared
from .threads import threads


def prepare_eager(model: nn.Module, device: str) -> Prepared:
    """The model as torch runs it without compiling: in inference mode, on the device."""
    placed = _placed(model, device)
    return Prepared(_synchronised(placed, device), _taker(device), torch.inference_mode)


def prepare_compiled(model: nn.Module, example: tuple[Tensor, ...], device: str) -> Prepared:
    """The model compiled by TorchInductor for inputs shaped as `example`; compile time is that of the first call.

    Inductor keeps what it compiles between processes; that is turned off, for else compile time would be that of
    reading a file.
    """
    import torch._inductor.config as inductor

    placed, take = _placed(model, device), _taker(device)
    torch._dynamo.reset()  # noqa: SLF001, no public way to forget earlier networks, whose number is limited
    with inductor.patch(force_disable_caches=True), torch.inference_mode():
        compiled = torch.compile(placed, dynamic=False)
        start = time.perf_counter()
        _synchronised(compiled, device)(*take(example))
        compile_s = time.perf_counter() - start
    return Prepared(_synchronised(compiled, device), take, torch.inference_mode, compile_s)


def _placed(model: nn.Module, device: str) -> nn.Module:
    torch.set_num_threads(threads())
    return model.eval().to(device)


def _taker(device: str) -> Callable[[tuple[Tensor, ...]], tuple[Any, ...]]:
    return lambda inputs: tuple(value.to(device) for value in inputs)


def _synchronised(model: Callable[..., Any], device: str) -> Callable[..., Any]:
    """The call itself on a CPU; on a GPU one that ends when the GPU is done."""
    if device == "cpu":
        return model

    def call(*inputs: Any) -> Any:
        result = model(*inputs)
        torch.cuda.synchronize()
        return result

    return call
