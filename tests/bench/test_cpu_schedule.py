"""The CPU schedule that needs no tuning."""

from __future__ import annotations

import timeit

import pytest
import torch
from torch import nn
from tvm import te, tirx

from bench.models.cpu_schedule import scheduled_or_none
from bench.models.executing import runner, to_device


class SumOfAll(nn.Module):
    """A kernel without any loop of its output."""

    def forward(self, x):
        return torch.relu(x).sum()


OPERATORS = {
    "convolution": (nn.Conv2d(6, 10, 3, stride=2, padding=1), (2, 6, 13, 13)),
    "grouped": (nn.Conv2d(6, 12, 3, groups=3), (1, 6, 9, 9)),
    "depthwise": (nn.Conv2d(6, 6, 3, padding=1, groups=6), (1, 6, 14, 14)),
    "transposed": (nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1), (1, 4, 7, 7)),
    "average pooling": (nn.AvgPool2d(3), (1, 5, 9, 9)),
    "matrix": (nn.Linear(37, 23), (5, 37)),
    "one number": (nn.Linear(7, 1), (1, 7)),
    "softmax": (nn.Softmax(dim=-1), (3, 17)),
    "layer norm": (nn.LayerNorm(19), (4, 19)),
    "one sum": (SumOfAll(), (3, 7)),
    "two in one": (nn.Sequential(nn.Linear(8, 6), nn.Sigmoid(), nn.Linear(6, 5), nn.Softmax(dim=1)), (4, 8)),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name, compile_and_check):
    """Sums of any shape come out as torch has them, whichever loops are tiled."""
    model, shape = OPERATORS[name]
    compile_and_check(model.eval().requires_grad_(requires_grad=False), (torch.randn(*shape),), 3)


class RunningSum(nn.Module):
    """Each element depends on the one before, which no tile of independent sums can express."""

    def forward(self, x):
        return torch.relu(torch.cumsum(x, dim=1))


def test_unknown_kernels_keep_plain_loops(compile_and_check):
    """A kernel that cannot be scheduled is named, keeps its plain loops, and is right."""
    compiled = compile_and_check(RunningSum(), (torch.randn(3, 11),), 3)
    assert [name for name in compiled.unscheduled if "cumsum" in name]


def test_loops_of_unknown_length_are_left():
    """A kernel over a dynamic shape is of no kind that is known."""
    length = tirx.Var("n", "int64")
    numbers = te.placeholder((length,), name="numbers")
    doubled = te.compute((length,), lambda index: numbers[index] * 2.0, name="doubled")
    assert scheduled_or_none(te.create_prim_func([numbers, doubled])) is None


def test_schedule_is_fast(compile_and_check):
    """On one thread a scheduled convolution is at least five times as fast as plain loops."""
    convolution = nn.Conv2d(64, 64, 3, padding=1).eval().requires_grad_(requires_grad=False)
    inputs = (torch.randn(1, 64, 28, 28),)
    seconds = {}
    for level in (2, 3):
        run = runner(compile_and_check(convolution, inputs, level).executable, "cpu")
        arguments = to_device(inputs, "cpu")
        seconds[level] = min(timeit.repeat(lambda: run(*arguments), number=1, repeat=5))  # noqa: B023, called at once
    assert seconds[3] * 5 < seconds[2]
