"""What counts as a measurement."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from pytest_relaybench.errors import MeasurementError
from pytest_relaybench.measure.metrics import from_json, metric, to_json


@pytest.mark.parametrize("sample", [float("nan"), float("inf"), -float("inf")])
def test_only_finite_samples(sample: float) -> None:
    """NaN and the infinities are errors that name the metric and the sample."""
    with pytest.raises(MeasurementError, match=rf"^loss: a sample is {sample}, which is no measurement$"):
        metric("loss", [1.0, sample], "1", "lower")


@pytest.mark.parametrize("sample", [None, "12", b"12", 1j, [1.0], np.ones(2), 10**400])
def test_only_numbers(sample: Any) -> None:
    """What is no real number is refused in one line, text that looks like one included."""
    with pytest.raises(MeasurementError, match=r"^loss: a sample is .*, which is no number$"):
        metric("loss", [sample], "1", "lower")


@pytest.mark.parametrize("sample", [2, 2.0, np.float32(2), np.array(2), Fraction(2), True + 1])
def test_numbers_of_any_library(sample: Any) -> None:
    """Numbers that are no floats become floats."""
    (found,) = metric("loss", [sample], "1", "lower").samples
    assert (found, type(found)) == (2.0, float)


@pytest.mark.parametrize(("name", "unit"), [("", "s"), ("x", "")])
def test_no_metric_without_name_and_unit(name: str, unit: str) -> None:
    """A number without a unit is no measurement."""
    with pytest.raises(MeasurementError, match="has a name and a unit"):
        metric(name, [1.0], unit, "lower")


def test_directions_are_named() -> None:
    """A direction that is none is refused with those there are."""
    with pytest.raises(MeasurementError, match=r"x: the direction is one of lower, higher, neutral \(found 'up'\)"):
        metric("x", [1.0], "1", "up")


def test_no_sample() -> None:
    """A metric of no sample is none."""
    with pytest.raises(MeasurementError, match="x: no sample was taken"):
        metric("x", [], "1", "lower")


def test_survives_json() -> None:
    """A metric sent as JSON is the same metric, to the last bit."""
    entry = metric("x", [0.1, 1 / 3, 5e-324, 1.7976931348623157e308], "s", "higher", [0, 0, 1, 1])
    assert from_json(json.loads(json.dumps(to_json(entry)))) == entry
