"""Correctness first: an output that differs from the reference has no time, it has a failure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from ..errors import MeasurementError

Array = np.ndarray[Any, Any]
REGISTERED = 2  # `dtype.isbuiltin` of a type that another library has brought
_SMALL_FLOATS = re.compile("bfloat16|float8")


class OutputMismatchError(MeasurementError, AssertionError):
    """An output differs from its reference beyond tolerance."""


def check_output(output: Any, reference: Any, *, rtol: float, atol: float, name: str = "output") -> None:
    """Compare arrays, tensors of any framework, numbers, and lists, tuples or dicts of them.

    An element agrees when |output - reference| <= atol + rtol * |reference|, computed in double precision or better;
    an infinity agrees with itself, NaN with nothing. A list or tuple of one array stands for that array. What is not
    numeric must be equal. Raises OutputMismatchError, telling the share of elements that differ and the worst one.
    """
    __tracebackhide__ = True
    output, reference = _unwrapped(output), _unwrapped(reference)
    if isinstance(reference, Mapping):
        _check_keys(output, reference, name)
        for key, part in reference.items():
            check_output(output[key], part, rtol=rtol, atol=atol, name=f"{name}[{key!r}]")
    elif _is_list(reference) and not _is_flat(reference):
        _check_length(output, reference, name)
        for index, part in enumerate(reference):
            check_output(output[index], part, rtol=rtol, atol=atol, name=f"{name}[{index}]")
    else:
        _check_array(as_array(output, name), as_array(reference, name), rtol, atol, name)


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_flat(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float | complex | bool) for value in values)


def _unwrapped(value: Any) -> Any:
    """A single tensor in a list or tuple of its own, as frameworks return one, stands for itself."""
    return value[0] if _is_list(value) and len(value) == 1 and hasattr(value[0], "shape") else value


def _check_keys(output: Any, reference: Mapping[Any, Any], name: str) -> None:
    __tracebackhide__ = True
    keys = list(output) if isinstance(output, Mapping) else type(output).__name__
    if not isinstance(output, Mapping) or set(output) != set(reference):
        raise OutputMismatchError(f"{name} has the parts {keys}, the reference {list(reference)}")


def _check_length(output: Any, reference: Sequence[Any], name: str) -> None:
    __tracebackhide__ = True
    length = len(output) if hasattr(output, "__len__") and not isinstance(output, Mapping | str) else "no"
    if length != len(reference):
        raise OutputMismatchError(f"{name} has {length} parts, the reference {len(reference)}")


def as_array(value: Any, name: str = "the value") -> Array:
    """The value as a NumPy array, copied to the host where it lives on a device.

    Raises MeasurementError for what is no array, as a ragged list.
    """
    try:
        return np.asarray(_on_host(value))
    except (TypeError, ValueError) as error:
        raise MeasurementError(f"{name} ({type(value).__name__}) cannot be compared: {error}") from error


def _on_host(value: Any) -> Any:
    if hasattr(value, "detach"):  # torch, possibly on a device
        tensor = value.detach().cpu()
        # NumPy has neither bfloat16 nor float8, and float32 holds all of them
        return (tensor.float() if _SMALL_FLOATS.search(str(tensor.dtype)) else tensor.resolve_conj()).numpy()
    return value.numpy() if hasattr(value, "numpy") else value  # tvm, tensorflow


def _check_array(output: Array, wanted: Array, rtol: float, atol: float, name: str) -> None:
    __tracebackhide__ = True
    if output.shape != wanted.shape:
        raise OutputMismatchError(f"{name} has shape {output.shape}, the reference {wanted.shape}")
    left, right = _numbers(output), _numbers(wanted)
    if left is None or right is None:
        if not _equal(output, wanted):
            raise OutputMismatchError(f"{name} ({output.dtype}) differs from the reference ({wanted.dtype})")
        return
    with np.errstate(all="ignore"):  # a difference may be infinite, or not a number
        error = np.abs(left - right)
        agrees = (left == right) | (np.isfinite(right) & (error <= atol + rtol * np.abs(right)))
    if not agrees.all():
        place = _difference(left, right, error, agrees)
        raise OutputMismatchError(f"{name} {place} (rtol {rtol:g}, atol {atol:g})")


def _numbers(array: Array) -> Array | None:
    """The array in a type that neither wraps around nor rounds what it holds; None when it holds no numbers."""
    if array.dtype.kind in "iu":  # 64 bits of mantissa where the platform has them: exact for every integer
        return array.astype(np.longdouble)
    if array.dtype.kind == "c":
        return array.astype(np.complex128)
    if array.dtype.kind in "bf" or array.dtype.isbuiltin == REGISTERED:  # as bfloat16 of ml_dtypes is
        return array.astype(np.longdouble if array.dtype == np.longdouble else np.float64)
    return None


def _equal(output: Array, wanted: Array) -> bool:
    try:
        return bool(np.array_equal(output, wanted))
    except ValueError:  # arrays within an array of objects
        return False


def _difference(output: Array, wanted: Array, error: Array, agrees: Array) -> str:
    worst_first = np.where(agrees, -1.0, np.where(np.isnan(error), np.inf, error))
    worst = np.unravel_index(int(worst_first.argmax()), worst_first.shape)
    place = f" at {tuple(map(int, worst))}" if worst else ""
    return (
        f"differs from the reference in {int((~agrees).sum())} of {agrees.size} elements; worst{place}: "
        f"{output[worst]:.9g} instead of {wanted[worst]:.9g}"
    )
