"""NumPy as an engine: products by its BLAS, the rest array by array, as somebody without a compiler would write it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from ..engines import Prepared
from .cases import Case

Array = np.ndarray[Any, Any]


def prepare_numpy(case: Case) -> Prepared:
    """The case's operator over NumPy arrays."""
    return Prepared(FUNCTIONS[case.operator], _arrays)


def _arrays(inputs: tuple[Tensor, ...]) -> tuple[Any, ...]:
    return tuple(operand.numpy() for operand in inputs)


def _conv2d(images: Array, kernels: Array) -> Array:
    """One product of all windows with all kernels."""
    edge = kernels.shape[-1] // 2
    padded = np.pad(images, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernels.shape[2:], axis=(2, 3))
    return np.tensordot(windows, kernels, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)


def _softmax(rows: Array) -> Array:
    powers: Array = np.exp(rows - rows.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def _layer_norm(rows: Array, weight: Array, bias: Array) -> Array:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    deviation: Array = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + 1e-5)
    scaled: Array = centred / deviation * weight + bias
    return scaled


def _attention(query: Array, key: Array, value: Array) -> Array:
    scores = query @ key.swapaxes(-1, -2)
    scores /= math.sqrt(query.shape[-1])
    return _softmax(scores) @ value


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "matmul": np.matmul,
    "conv2d": _conv2d,
    "softmax": _softmax,
    "layer_norm": _layer_norm,
    "attention": _attention,
}
