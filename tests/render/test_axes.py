"""What is on the axes of a picture: lengths, scales, gaps and labels."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.render.bar_plot import draw_bars
from pytest_relaybench.render.canvas import Heading, axis_scale, colours, theme
from pytest_relaybench.render.graphs import bars, lines
from pytest_relaybench.render.grid import Grid
from pytest_relaybench.render.line_plot import draw_lines, running_median

RELAY = [{"network": name, "device": "cpu", "opt_level": level} for name in ("dqn", "vgg") for level in range(3)]
PNG_START = b"\x89PNG\r\n"


def bar_axes(values, unit="s", graph=None):
    """The axes of a bar chart of a matrix of values."""
    values = np.array(values, dtype=float)
    groups, hues = ([f"{kind}{i}" for i in range(n)] for kind, n in zip("gh", values.shape, strict=True))
    with theme():
        return draw_bars(graph or bars(), Grid(values, groups, hues, unit, "lower"), colours(hues), Heading("t"))


def line_axes(columns, unit="s", graph=None, start="2026-01-01"):
    """The axes of a line chart of columns of nightly values."""
    values = np.array(columns, dtype=float).T
    hues = [f"h{i}" for i in range(values.shape[1])]
    times = pd.date_range(start, periods=len(values), tz="UTC")
    with theme():
        grid = Grid(values, [str(time) for time in times], hues, unit, "lower")
        return draw_lines(graph or lines(), grid, times, colours(hues), Heading("t"))


@pytest.mark.parametrize(
    ("unit", "value", "label", "factor"),
    [
        ("s", 0.0123, "ms", 1e-3),
        ("s", 3e-6, "µs", 1e-6),
        ("s", 5e-9, "ns", 1e-9),
        ("s", 12.0, "s", 1.0),
        ("B", 5e6, "MiB", 2.0**20),
        ("%", 50.0, "%", 1.0),
    ],
)
@pytest.mark.parametrize("groups", [2, 40])
def test_bars_are_as_long_as_the_axis_says(unit, value, label, factor, groups):
    """Length times the unit on the axis is the value, standing or lying; each bar bears its number."""
    values = value * np.linspace(1, 1.5, groups)[:, None]
    axes = bar_axes(values, unit)
    upright = groups == 2
    lengths = [patch.get_height() if upright else patch.get_width() for patch in axes.patches]
    assert np.multiply(lengths, factor) == pytest.approx(values[:, 0])
    assert f"({label})" in (axes.get_ylabel() if upright else axes.get_xlabel())
    written = [float(text.get_text().replace("\u2009", "")) for text in axes.texts if text.get_text()[:1].isdigit()]
    assert written == pytest.approx(lengths, rel=0.006)


def test_lines_are_as_high_as_the_axis_says():
    """Height times the unit on the axis is the value."""
    axes = line_axes([[0.012, 0.014, 0.013]])
    assert axes.lines[0].get_ydata() * 1e-3 == pytest.approx([0.012, 0.014, 0.013])
    assert axes.get_ylabel() == "time (ms), lower is better"


def test_a_unit_can_be_asked_for():
    """Seconds in microseconds; a unit that is none of time is refused with those that are."""
    assert bar_axes([[0.5]], graph=bars(unit="us")).patches[0].get_height() == pytest.approx(5e5)
    with pytest.raises(RelaybenchError, match=r"'s' can be told in s, ms, µs, ns \(found 'MiB'\)"):
        axis_scale(np.array([1.0]), "s", "MiB")


@pytest.mark.parametrize(
    ("values", "declared", "scale"),
    [
        ([1.0, 19.0], None, "linear"),
        ([1.0, 21.0], None, "log"),
        ([1.0, 21.0], False, "linear"),
        ([1.0, 2.0], True, "log"),
        ([0.0, 100.0], True, "linear"),
        ([-1.0, 100.0], None, "linear"),
    ],
)
def test_logarithmic_axis(values, declared, scale):
    """From twentyfold, or as declared; never where a value has no logarithm."""
    assert bar_axes(np.array(values)[:, None], graph=bars(log=declared)).get_yscale() == scale


def test_a_gap_is_named():
    """A missing value is no bar of height zero but words in its place."""
    axes = bar_axes([[1.0, math.nan], [2.0, 3.0]])
    assert sorted(patch.get_height() for patch in axes.patches) == [1.0, 2.0, 3.0]
    assert [text.get_text() for text in axes.texts].count("no value") == 1


def test_a_line_breaks_where_a_night_is_missing():
    """The value between is NaN, so that nothing connects its neighbours."""
    assert np.isnan(line_axes([[1.0, math.nan, 2.0]]).lines[0].get_ydata()).tolist() == [False, True, False]


def test_one_night_is_a_point():
    """It has a marker, and the date axis is days wide."""
    axes = line_axes([[1.0]])
    assert axes.lines[0].get_marker() == "o"
    assert axes.get_xlim()[1] - axes.get_xlim()[0] == pytest.approx(3.0)


def test_many_nights_are_faint_points_and_a_median():
    """From 60 nights on the line is a running median of 7, and the subtitle says so."""
    random = np.random.default_rng(0)
    values = random.lognormal(0, 0.1, 100)
    points, line = line_axes([values]).lines
    assert points.get_ydata() == pytest.approx(values)
    assert line.get_ydata()[50] == pytest.approx(np.median(values[47:54]))


def test_a_running_median_invents_no_night():
    """Where a night has no value, neither has the median."""
    assert np.isnan(running_median(np.array([1.0, math.nan, 3.0]))).tolist() == [False, True, False]


def test_noise_does_not_fill_the_picture():
    """Values within a per mille leave the axis at a tenth of their level."""
    low, high = line_axes([[1.0, 1.001]], unit="%").get_ylim()
    assert high - low > 0.1


def test_relative_lines_begin_at_one_hundred():
    """Percent of the first night that has a value; a first value that is not positive has no percent."""
    axes = line_axes([[math.nan, 2.0, 3.0], [4.0, 4.0, 2.0]], graph=lines(relative=True))
    assert axes.lines[0].get_ydata()[1:] == pytest.approx([100.0, 150.0])
    assert axes.lines[1].get_ydata() == pytest.approx([100.0, 100.0, 50.0])
    assert "% of the first night" in axes.get_ylabel()
