"""PyTorch as an engine: eager, and compiled by torch.compile."""

from __future__ import annotations

import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from .prepared import EngineMissingError, Prepared
from .threads import threads

COMPILERS = tuple(filter(None, [os.environ.get("CXX"), "g++", "clang++"]))  # what Inductor looks for


def prepare_eager(model: nn.Module, device: str) -> Prepared:
    """The model as torch runs it without compiling: in inference mode, on the device."""
    placed = _placed(model, device)
    return Prepared(_synchronised(placed, device), _taker(device), torch.inference_mode)


def prepare_compiled(model: nn.Module, example: tuple[Tensor, ...], device: str) -> Prepared:
    """The model compiled by TorchInductor for inputs shaped as `example`; compile time is that of the first call.

    The whole model is one graph: what is not compiled would be measured as eager mode under another name. Raises
    EngineMissingError where there is no C++ compiler, and with torch's reason where the model cannot be one graph.
    """
    placed, take = _placed(model, device), _taker(device)
    with inductor_alone(), torch.inference_mode():
        compiled = torch.compile(placed, dynamic=False, fullgraph=True)
        start = time.perf_counter()
        _synchronised(compiled, device)(*take(example))
        compile_s = time.perf_counter() - start
    return Prepared(_synchronised(compiled, device), take, torch.inference_mode, compile_s)


@contextmanager
def inductor_alone() -> Iterator[None]:
    """Inductor ready to compile one more network as if it were the only one, without its caches.

    Inductor keeps what it compiles between processes; that is turned off, for else compile time would be that of
    reading a file. What it loads and looks for once a process has happened before. Raises EngineMissingError where
    there is no C++ compiler, and for what, inside, cannot be compiled as one graph.
    """
    if not any(map(shutil.which, COMPILERS)):
        raise EngineMissingError(f"torch-compile needs a C++ compiler, one of {', '.join(COMPILERS)}: apt install g++")
    _start_inductor()
    torch._dynamo.reset()  # there is no public way to forget earlier networks, whose number is limited
    try:
        with _settings():
            yield
    except torch._dynamo.exc.Unsupported as error:
        reason = str(error).strip().splitlines()[0]
        raise EngineMissingError(f"torch-compile cannot make one graph of the model: {reason}") from error


@lru_cache(maxsize=1)
def _start_inductor() -> None:
    """Compile next to nothing: Inductor loads its parts and tries out the compiler and the CPU."""
    with _settings(), torch.inference_mode():
        torch.compile(lambda x: x + 1)(torch.ones(8))


@contextmanager
def _settings() -> Iterator[None]:
    """Without caches, and without being told so each time; `nn.LSTM` and its like compiled rather than left out."""
    import torch._inductor.config as inductor

    alone, recurrent = inductor.patch(force_disable_caches=True), torch._dynamo.config.patch(allow_rnn=True)
    with alone, recurrent, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "dynamo_pgo force disabled", UserWarning)
        warnings.filterwarnings("ignore", ".torch.jit.script_method. is deprecated", DeprecationWarning)
        yield


def _placed(model: nn.Module, device: str) -> nn.Module:
    torch.set_num_threads(threads())
    torch.backends.cudnn.allow_tf32 = False  # on by default, with ten bits where other engines have 23
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
