"""Correctness first: an output that differs from the reference has no time, it has a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import MeasurementError


class OutputMismatchError(MeasurementError, AssertionError):
    """An output differs from its reference beyond tolerance."""


def check_output(output: Any, reference: Any, *, rtol: float, atol: float, name: str = "output") -> None:
    """Compare arrays, tensors of any framework, numbers, and lists, tuples or dicts of them.

    An element agrees when |output - reference| <= atol + rtol * |reference| (`numpy.isclose`); NaN agrees with nothing.
    Raises OutputMismatchError, telling the share of elements that differ and the worst one.
    """
    __tracebackhide__ = True
    if isinstance(reference, Mapping):
        _check_keys(output, reference, name)
        for key, part in reference.items():
            check_output(output[key], part, rtol=rtol, atol=atol, name=f"{name}[{key!r}]")
    elif isinstance(reference, list | tuple) and not _is_flat(reference):
        _check_length(output, reference, name)
        for index, part in enumerate(reference):
            check_output(output[index], part, rtol=rtol, atol=atol, name=f"{name}[{index}]")
    else:
        _check_array(as_array(_unwrapped(output)), as_array(_unwrapped(reference)), rtol, atol, name)


def _is_flat(values: Any) -> bool:
    return all(isinstance(value, int | float | complex | bool) for value in values)


def _unwrapped(value: Any) -> Any:
    """A single tensor in a list or tuple of its own, as frameworks return one, stands for itself."""
    one = type(value).__name__ in ("list", "tuple", "Array") and len(value) == 1
    return value[0] if one else value


def _check_keys(output: Any, reference: Mapping[Any, Any], name: str) -> None:
    __tracebackhide__ = True
    keys = set(output) if isinstance(output, Mapping) else None
    if keys != set(reference):
        raise OutputMismatchError(f"{name} has the parts {keys}, the reference {set(reference)}")


def _check_length(output: Any, reference: Any, name: str) -> None:
    __tracebackhide__ = True
    length = len(output) if hasattr(output, "__len__") else None
    if length != len(reference):
        raise OutputMismatchError(f"{name} has {length} parts, the reference {len(reference)}")


def _conversions(value: Any) -> Iterator[Any]:
    if hasattr(value, "detach"):  # torch, possibly on a device
        yield value.detach().cpu().numpy()
    elif hasattr(value, "numpy"):  # tvm, tensorflow
        yield value.numpy()
    else:
        yield value


def as_array(value: Any) -> np.ndarray[Any, Any]:
    """The value as a NumPy array, copied to the host where it lives on a device."""
    return np.asarray(next(_conversions(value)))


def _check_array(
    output: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any], rtol: float, atol: float, name: str
) -> None:
    __tracebackhide__ = True
    if output.shape != wanted.shape:
        raise OutputMismatchError(f"{name} has shape {output.shape}, the reference {wanted.shape}")
    if not (np.issubdtype(wanted.dtype, np.number) or wanted.dtype == bool):
        if not np.array_equal(output, wanted):
            raise OutputMismatchError(f"{name} differs from the reference")
        return
    differs = ~np.isclose(output, wanted, rtol=rtol, atol=atol)
    if differs.any():
        raise OutputMismatchError(f"{name} {_difference(output, wanted, differs)} (rtol {rtol:g}, atol {atol:g})")


def _difference(output: Any, wanted: Any, differs: Any) -> str:
    error = np.where(differs, np.nan_to_num(np.abs(output - wanted), nan=np.inf), 0)
    worst = np.unravel_index(int(error.argmax()), error.shape)
    place = f" at {tuple(map(int, worst))}" if worst else ""
    return (
        f"differs from the reference in {int(differs.sum())} of {differs.size} elements; worst{place}: "
        f"{output[worst]:.6g} instead of {wanted[worst]:.6g}"
    )
