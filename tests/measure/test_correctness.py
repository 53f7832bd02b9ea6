"""Outputs against their references."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from pytest_relaybench.errors import MeasurementError
from pytest_relaybench.measure.correctness import OutputMismatchError, as_array, check_output

NAN, INF = float("nan"), float("inf")


def differs(output: Any, reference: Any, *, rtol: float = 1e-4, atol: float = 1e-5) -> str:
    """The message of the mismatch that there must be, one line long."""
    with pytest.raises(OutputMismatchError) as caught:
        check_output(output, reference, rtol=rtol, atol=atol)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def agrees(output: Any, reference: Any, *, rtol: float = 1e-4, atol: float = 1e-5) -> bool:
    """Whether the two agree."""
    try:
        check_output(output, reference, rtol=rtol, atol=atol)
    except OutputMismatchError:
        return False
    return True


@pytest.mark.parametrize(
    ("output", "reference"),
    [
        (1.0, 1.0),
        (1.00009, 1.0),
        (np.float32(1), np.float64(1.00001)),
        (3, 3.0),
        (True, True),
        (1 + 1e-6j, 1 + 0j),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array(2.0), 2.0),
        ([1, 2], np.array([1.0, 2.0])),
        (np.array([3.0]), [3.0]),
        (INF, INF),
        ("tvm", "tvm"),
        (None, None),
        (b"x", b"x"),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([Fraction(1, 3), None], dtype=object), np.array([Fraction(1, 3), None], dtype=object)),
        (np.array([1.5], ml_dtypes.bfloat16), np.array([1.5], "float32")),
        (np.float16(65504), np.float64(65504)),
        (np.longdouble("0.1"), 0.1),
    ],
)
def test_what_agrees(output: Any, reference: Any) -> None:
    """Values of any numeric type agree within tolerance, and what is not numeric when it is equal."""
    assert agrees(output, reference)


@pytest.mark.parametrize(
    ("output", "reference"),
    [
        (1.001, 1.0),
        (True, False),
        (NAN, NAN),
        (NAN, 1.0),
        (1.0, NAN),
        (INF, -INF),
        (1e308, INF),
        (INF, 1e308),
        (1e308, -1e308),
        (1 + 1j, 1 - 1j),
        (np.float16(65504), np.float16(-65504)),
        (None, 1.0),
        ("1.0", 1.0),
        (1.0, "1.0"),
        ("tvm", "tvx"),
        (np.array([None, 1], dtype=object), np.array([1, None], dtype=object)),
        (np.array(["a"]), np.array(["b"])),
        (np.array([1.5], ml_dtypes.bfloat16), np.array([1.6], "float32")),
    ],
)
def test_what_differs(output: Any, reference: Any) -> None:
    """NaN agrees with nothing, an infinity with itself only, and a text with no number; nothing warns."""
    assert differs(output, reference)


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint64", "int64", "bool"])
def test_integers_do_not_wrap_around(kind: str) -> None:
    """The worst element is told rightly for unsigned and boolean arrays, where 0 - 1 is not -1."""
    reference = np.array([1, 1, 1], kind)
    output = np.array([1, 0, 1], kind)
    assert "in 1 of 3 elements; worst at (1,): 0 instead of 1" in differs(output, reference)


def test_worst_of_unsigned_is_the_farthest() -> None:
    """An element that is 200 off is worse than one that is 1 below, which would wrap to 255."""
    assert "worst at (1,): 0 instead of 200" in differs(np.array([9, 0], "uint8"), np.array([10, 200], "uint8"))


@pytest.mark.parametrize("kind", ["uint64", "int64"])
def test_large_integers_can_be_compared_exactly(kind: str) -> None:
    """With tolerances of 0 two neighbours differ that are one double."""
    values = np.array([2**62, 2**62 + 1], kind)
    assert differs(values[:1], values[1:], rtol=0, atol=0)
    assert agrees(values, values, rtol=0, atol=0)


def test_tolerance_is_relative_to_the_reference() -> None:
    """|output - reference| <= atol + rtol * |reference|: the bounds themselves agree, what is beyond does not."""
    assert agrees(110.0, 100.0, rtol=0.1, atol=0)
    assert not agrees(100.0, 110.0 + 2, rtol=0.1, atol=0)
    assert agrees(0.5, 0.0, rtol=0.1, atol=0.5)
    assert not agrees(0.51, 0.0, rtol=0.1, atol=0.5)


def test_shapes_must_be_the_same() -> None:
    """Nothing is broadcast: a shape that differs is told with both shapes."""
    assert "output has shape (1, 3), the reference (3,)" in differs(np.ones((1, 3)), np.ones(3))
    assert "shape ()" in differs(1.0, np.ones(1))


def test_message_names_share_and_worst() -> None:
    """The share of elements that differ, the place and values of the worst, and the tolerances."""
    output = np.zeros((2, 3))
    output[0, 1], output[1, 2] = 1, NAN
    told = differs(output, np.zeros((2, 3)), rtol=1e-3, atol=1e-6)
    assert told == (
        "output differs from the reference in 2 of 6 elements; worst at (1, 2): nan instead of 0 "
        "(rtol 0.001, atol 1e-06)"
    )


def test_parts_are_compared_one_by_one() -> None:
    """Lists, tuples and dicts within each other are taken apart, and the part that differs is named."""
    reference = {"a": [np.ones(2), (1.0, 2.0)], "b": 3}
    assert agrees({"a": (np.ones(2), [1.0, 2.0]), "b": 3}, reference)
    assert "output['a'][1] differs" in differs({"a": [np.ones(2), (1.0, 2.5)], "b": 3}, reference)
    assert "output['b'] differs" in differs({"a": reference["a"], "b": 4}, reference)


@pytest.mark.parametrize(
    ("output", "reference", "said"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, "has the parts ['a'], the reference ['a', 'b']"),
        ([1, 2], {"a": 1}, "has the parts list, the reference ['a']"),
        ([np.ones(2)], [np.ones(2), np.ones(2)], "output[0] has shape (), the reference (2,)"),
        ([np.ones(2)] * 3, [np.ones(2)] * 2, "has 3 parts, the reference 2"),
        (1.0, [np.ones(2)] * 2, "has no parts, the reference 2"),
        ({0: np.ones(2), 1: np.ones(2)}, [np.ones(2)] * 2, "has no parts, the reference 2"),
        ("ab", ["a", "b"], "has no parts, the reference 2"),
    ],
)
def test_structure_must_be_the_same(output: Any, reference: Any, said: str) -> None:
    """Missing and surplus parts are mismatches with a message of their own, no errors of Python."""
    assert said in differs(output, reference)


def test_one_array_in_a_list_stands_for_itself() -> None:
    """As frameworks return a single output in a list, on either side."""
    array = np.arange(4.0)
    assert agrees([array], array)
    assert agrees(array, [array])
    assert agrees((array,), [array])


def test_what_is_no_array_is_told() -> None:
    """A ragged list cannot be compared, which is told in a line and is no mismatch."""
    with pytest.raises(MeasurementError, match=r"output \(list\) cannot be compared") as caught:
        check_output([[1, 2], [3]], np.ones(2), rtol=0, atol=0)
    assert not isinstance(caught.value, OutputMismatchError)


def test_objects_that_hold_arrays_differ_rather_than_fail() -> None:
    """An array of objects that NumPy cannot compare is not equal to another one."""
    odd = np.empty(1, dtype=object)
    odd[0] = np.ones(2)
    assert differs({"x": odd}, {"x": odd.copy()})


def test_tensors_of_torch_and_tvm() -> None:
    """Tensors of either framework are read: with gradients, in half precision, nested, conjugate."""
    import torch  # noqa: PLC0415, seconds that only this test should take
    import tvm  # noqa: PLC0415
    import tvm_ffi  # noqa: PLC0415

    numbers = np.arange(6, dtype="float32").reshape(2, 3)
    ours, theirs = tvm.runtime.tensor(numbers), torch.tensor(numbers, requires_grad=True)
    assert agrees(ours, theirs)
    assert agrees(theirs * 1, numbers)
    assert agrees(tvm_ffi.convert([ours]), theirs)
    assert agrees(tvm_ffi.convert([ours, ours]), [numbers, theirs])
    assert agrees([numbers, theirs], tvm_ffi.convert([ours, ours]))
    assert differs(tvm_ffi.convert([ours, ours]), [numbers, numbers + 1]).startswith("output[1] differs")
    for kind in (torch.float16, torch.bfloat16, torch.float8_e5m2, torch.int8, torch.bool):
        assert agrees(torch.ones(3).to(kind), np.ones(3)), kind
        assert differs(torch.zeros(3).to(kind), np.ones(3)), kind
    assert as_array(torch.ones(2, dtype=torch.complex64).conj()).dtype == np.complex64
    assert agrees(torch.tensor(2.0), 2)
    assert "nan instead of 1" in differs(torch.full((2,), NAN), np.ones(2))
