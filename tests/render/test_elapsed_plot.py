"""Values over the seconds of an experiment."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_relaybench.render.canvas import Heading, png, theme
from pytest_relaybench.render.elapsed_plot import draw_elapsed


def drawn(at, lines, unit="%", name="use"):
    with theme():
        axes = draw_elapsed(at, lines, unit, name, Heading("demo: use"))
        assert png(axes).startswith(b"\x89PNG")
    return axes


def test_a_line_for_each_label():
    """With the values and times as given, gaps included, and a legend."""
    axes = drawn([0.0, 1.5, 3.0], {"all": [1.0, math.nan, 3.0], "ours": [0.5, 0.5, 0.5]})
    first, second = axes.get_lines()
    assert list(first.get_xdata()) == [0.0, 1.5, 3.0]
    np.testing.assert_array_equal(first.get_ydata(), [1.0, math.nan, 3.0])
    assert set(second.get_ydata()) == {0.5}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["all", "ours"]


@pytest.mark.parametrize(("longest", "factor", "unit"), [(100.0, 1, "s"), (3600.0, 60, "min"), (40_000.0, 3600, "h")])
def test_long_experiments_are_told_in_minutes_and_hours(longest, factor, unit):
    """The axis names its unit."""
    axes = drawn([0.0, longest], {"a": [1.0, 2.0]})
    assert axes.get_lines()[0].get_xdata()[-1] == longest / factor
    assert axes.get_xlabel() == f"time since the first sample ({unit})"


def test_values_get_a_unit_that_suits_them():
    """Bytes become GiB, Hz become GHz."""
    axes = drawn([0.0, 1.0], {"available": [2.0 * 2**30, 3.0 * 2**30]}, "B", "memory available")
    assert axes.get_ylabel() == "memory available (GiB)"
    assert list(axes.get_lines()[0].get_ydata()) == [2.0, 3.0]
    assert drawn([0.0], {"mean": [2.5e9]}, "Hz", "clock").get_ylabel() == "clock (GHz)"


def test_percent_begin_at_nothing():
    """A quiet machine does not look busy, and little can still be seen."""
    low, high = drawn([0.0, 1.0], {"steal": [0.5, 1.0]}).get_ylim()
    assert low < 0.01
    assert 4 < high < 6
    assert drawn([0.0, 1.0], {"all": [20.0, 80.0]}).get_ylim()[1] == pytest.approx(102)


def test_many_lines_become_three():
    """Highest, median and lowest of 96 cores at each moment; a moment without values is a gap."""
    cores = {f"core {n}": [1e9 + n * 1e7, math.nan, 2e9] for n in range(96)}
    axes = drawn([0.0, 1.0, 2.0], cores, "Hz", "clock")
    highest, median, lowest = (line.get_ydata() for line in axes.get_lines())
    assert (highest[0], lowest[0]) == (1.95, 1.0)
    assert median[0] == pytest.approx(1.475)
    assert math.isnan(highest[1])
    assert {line[2] for line in (highest, median, lowest)} == {2.0}
