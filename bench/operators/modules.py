"""The operators as torch modules without weights, and inputs for them: every operand is an argument."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from .cases import Case


class Operator(nn.Module):
    """A function of tensors as a module, which is what exporters take."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self._function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        """The function's value."""
        return self._function(*inputs)


def _conv2d(images: Tensor, kernels: Tensor) -> Tensor:
    return functional.conv2d(images, kernels, padding=kernels.shape[-1] // 2)


def _softmax(rows: Tensor) -> Tensor:
    return functional.softmax(rows, dim=-1)


def _layer_norm(rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return functional.layer_norm(rows, rows.shape[-1:], weight, bias)


FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "matmul": torch.matmul,
    "conv2d": _conv2d,
    "softmax": _softmax,
    "layer_norm": _layer_norm,
    "attention": functional.scaled_dot_product_attention,
}


def module_of(case: Case) -> nn.Module:
    """The case's operator, in inference."""
    return Operator(FUNCTIONS[case.operator]).eval()


def inputs_of(case: Case, seed: int) -> tuple[Tensor, ...]:
    """Normally distributed operands, float32; the second of a product such that sums of products are about one."""
    generator = torch.Generator().manual_seed(seed)
    operands = [torch.randn(shape, generator=generator) for shape in case.inputs]
    if case.operator in {"matmul", "conv2d"}:
        summed = case.sizes[1] * (case.sizes[-1] ** 2 if case.operator == "conv2d" else 1)
        operands[1] /= math.sqrt(summed)
    return tuple(operands)


def expected(case: Case, inputs: tuple[Tensor, ...]) -> Tensor:
    """What torch computes in double precision."""
    with torch.inference_mode():
        value: Tensor = module_of(case)(*(operand.double() for operand in inputs))
    return value
