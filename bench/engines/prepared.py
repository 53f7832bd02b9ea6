"""A model made ready by one engine: the one form in which experiments time and compare all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from torch import Tensor


def as_they_are(inputs: tuple[Tensor, ...]) -> tuple[Any, ...]:
    """Inputs for an engine that takes torch's tensors on the CPU."""
    return inputs


class EngineMissingError(Exception):
    """The engine cannot be used on this machine; the message says what helps."""


@dataclass(frozen=True)
class Prepared:
    """A model that an engine has compiled or loaded.

    `call(*take(inputs))` is one inference: it returns when the work is done, on a GPU too. `take` makes the engine's
    own inputs of torch's, outside of any clock. Calls are made inside `with prepared.mode():`.

    `compile_s` is what preparing took, in seconds; None where relaybench measures it itself, which it does for TVM.
    """

    call: Callable[..., Any]
    take: Callable[[tuple[Tensor, ...]], tuple[Any, ...]] = as_they_are
    mode: Callable[[], AbstractContextManager[Any]] = nullcontext
    compile_s: float | None = None
    kernels: int | None = None  # that one call runs, where the engine tells
    unscheduled: tuple[str, ...] = ()  # kernels left with plain loops
    ran_on: str = ""  # the device that it really runs on, where a call and its output do not show it
    untuned: tuple[str, ...] = ()  # kernels for which tuning found nothing better than the schedule without it
