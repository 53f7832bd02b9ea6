"""What this machine can do at most, measured: operations per second, and bytes per second from memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..engines.threads import threads
from .fma_loop import fma_rate
from .roof import Roof

SIDE = 1536  # of the matrices: large enough that a product is limited by arithmetic, 0.1 s on one slow core
TRIAD_NUMBERS = 2**24  # of each of three arrays, 64 MiB: four times the last-level cache of most machines
LEAST_ROUNDS = 5
FLOAT_BYTES = 4


def measure_peak(budget_s: float, side: int = SIDE, numbers: int = TRIAD_NUMBERS) -> Roof:
    """The machine's roof at the threads that relaybench has set, measured within about `budget_s` seconds.

    Arithmetic: the best of multiply-adds in registers (where there is a C compiler) and of products of two float32
    matrices of `side` rows by NumPy's BLAS and by torch, at 2 side^3 operations. Memory: the best `a = b + 3 c` over
    arrays of `numbers` float32, STREAM's triad (McCalpin), at 12 bytes an element; that the store may read `a` first is
    not counted, as STREAM does not.
    """
    torch.set_num_threads(threads())
    part_s = budget_s / 4
    product = 2 * side**3 / _best_product_s(side, part_s)
    triad = 3 * FLOAT_BYTES * numbers / _triad_s(numbers, part_s)
    return Roof(max(product, fma_rate(threads(), part_s) or 0.0), triad)


def _best_product_s(side: int, budget_s: float) -> float:
    left, right = np.random.default_rng(0).standard_normal((2, side, side), dtype=np.float32)
    product, tensors = np.empty_like(left), [torch.from_numpy(left), torch.from_numpy(right)]
    by_torch = torch.empty(side, side)
    return min(
        _best_s(lambda: np.matmul(left, right, out=product), budget_s),
        _best_s(lambda: torch.mm(*tensors, out=by_torch), budget_s),
    )


def _triad_s(numbers: int, budget_s: float) -> float:
    first, second, result = torch.ones(numbers), torch.ones(numbers), torch.empty(numbers)
    return _best_s(lambda: torch.add(first, second, alpha=3.0, out=result), budget_s)


def _best_s(call: Callable[[], Any], budget_s: float) -> float:
    """The fastest of several calls after a first one, for `budget_s` seconds or five calls, whichever is more."""
    call()
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < LEAST_ROUNDS or time.perf_counter() - began < budget_s:
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)
