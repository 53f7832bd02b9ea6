"""Operators on given shapes, written as text, with the work that each must at least do; free of TVM and torch.

Operations count one for each addition, multiplication, comparison, division and exponential that the definition asks
for. Bytes are those that must move if every operand is read once and the result written once, in single precision:
the compulsory traffic of Williams, Waterman and Patterson, Roofline, Communications of the ACM 52 (4), 2009.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

FLOAT_BYTES = 4
LARGEST = 2**40  # operations: a case beyond is a slip of the pen

Shape: TypeAlias = tuple[int, ...]
Work: TypeAlias = tuple[float, float]  # operations, and numbers that move


@dataclass(frozen=True)
class Kind:
    """An operator: how its shape is written, and the shapes of its inputs, its operations and its traffic by that."""

    form: str  # as in "MxKxN": a letter each dimension, `x` between them, a blank between operands
    inputs: Callable[..., tuple[Shape, ...]]
    work: Callable[..., Work]


def _matmul(m: int, k: int, n: int) -> Work:
    return 2 * m * k * n, m * k + k * n + m * n


def _conv2d(n: int, c: int, h: int, w: int, o: int, k: int) -> Work:  # noqa: PLR0913, PLR0917, as many as its form
    return 2 * n * o * h * w * c * k * k, n * c * h * w + o * c * k * k + n * o * h * w


def _softmax(r: int, c: int) -> Work:
    """A comparison, a subtraction, an exponential, an addition and a division for each element."""
    return 5 * r * c, 2 * r * c


def _layer_norm(r: int, c: int) -> Work:
    """Mean 1, difference 1, variance 2, scaling by the deviation 1, weight 1 and bias 1 for each element."""
    return 7 * r * c, 2 * r * c + 2 * c


def _attention(b: int, h: int, s: int, d: int) -> Work:
    """Two products, and for each of the s*s scores its scaling and a softmax."""
    return b * h * s * s * (4 * d + 6), 4 * b * h * s * d


KINDS = {
    "matmul": Kind("MxKxN", lambda m, k, n: ((m, k), (k, n)), _matmul),
    "conv2d": Kind("NxCxHxW OxK", lambda n, c, h, w, o, k: ((n, c, h, w), (o, c, k, k)), _conv2d),
    "softmax": Kind("RxC", lambda r, c: ((r, c),), _softmax),
    "layer_norm": Kind("RxC", lambda r, c: ((r, c), (c,), (c,)), _layer_norm),
    "attention": Kind("BxHxSxD", lambda b, h, s, d: ((b, h, s, d),) * 3, _attention),
}


@dataclass(frozen=True)
class Case:
    """One operator on one shape."""

    operator: str
    shape: str
    sizes: Shape

    @property
    def inputs(self) -> tuple[Shape, ...]:
        """The shapes of its operands."""
        return KINDS[self.operator].inputs(*self.sizes)

    @property
    def operations(self) -> float:
        """In FLOP."""
        return KINDS[self.operator].work(*self.sizes)[0]

    @property
    def traffic(self) -> float:
        """In bytes."""
        return FLOAT_BYTES * KINDS[self.operator].work(*self.sizes)[1]

    @property
    def intensity(self) -> float:
        """Operations per byte."""
        return self.operations / self.traffic


def parse_case(text: str) -> Case:
    """The case that a text such as `"matmul 64x256x64"` means. Raises ValueError for one that means none."""
    operator, _, shape = text.partition(" ")
    kind = KINDS.get(operator)
    if kind is None:
        raise ValueError(f"a case begins with its operator: {', '.join(KINDS)}")
    pattern = re.sub("[A-Z]", "([1-9][0-9]{0,8})", kind.form)
    match = re.fullmatch(pattern, shape)
    if match is None:
        raise ValueError(f'{operator} is written as in "{operator} {kind.form}", each letter a whole number from 1')
    case = Case(operator, shape, tuple(map(int, match.groups())))
    if operator == "conv2d" and case.sizes[-1] % 2 == 0:
        raise ValueError("a convolution's K is odd, so that its output is as large as its input")
    if case.operations > LARGEST or math.prod(max(case.inputs, key=math.prod)) > LARGEST // 1024:
        raise ValueError("a case may have 10^12 operations at most, and an operand 10^9 numbers")
    return case


def _checked(text: str) -> str:
    parse_case(text)
    return text


CaseText = Annotated[str, AfterValidator(_checked)]
