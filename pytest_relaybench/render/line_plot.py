"""Values through the nights as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from .canvas import Heading, axis_name, axis_scale, legend, make_linear, make_log, new_axes, wants_log
from .format import Scale
from .graphs import Lines
from .grid import Grid
from .look import Colour

MANY_NIGHTS = 60  # from here on single nights are faint and a running median is the line
MEDIAN_OF = 7  # nights, centred
LOG_FROM = 5.0  # largest over smallest value: on a linear axis a change of a low line could not be seen
LEAST_SPAN = 0.1  # of the middle value: noise of a per mille shall not fill the picture
FEW_DAYS, MANY_DAYS = np.timedelta64(36, "h"), np.timedelta64(8 * 24, "h")

_dates: Any = dates  # its classes carry no types


def draw_lines(
    graph: Lines, data: Grid, times: pd.DatetimeIndex, palette: Mapping[str, Colour], heading: Heading
) -> Axes:
    """Draw one line a hue through `times` (ascending, UTC, one for each row), broken where nothing was measured.

    A single night is a point. From 60 nights on the nights are faint points and the line is their running median.
    """
    scale = Scale(0.01, "% of the first night") if graph.relative else axis_scale(data.values, data.unit)
    shown = (_relative(data.values) if graph.relative else data.values) / scale.factor
    many = len(times) >= MANY_NIGHTS
    axes = new_axes(
        9.5, 4.4, heading.with_note(f"points: nights, lines: running median of {MEDIAN_OF}" if many else "")
    )
    moments = times.tz_convert("UTC").tz_localize(None).to_numpy()
    handles = [_one_line(axes, moments, shown[:, i], palette[hue], many=many) for i, hue in enumerate(data.hues)]
    _time_axis(axes, moments)
    _value_axis(axes, shown[np.isfinite(shown)], axis_name(graph.metric, scale.unit, data.direction))
    legend(axes, handles, data.hues, graph.hue or "")
    return axes


def running_median(values: np.ndarray) -> np.ndarray:
    """The median of the seven nights around each, NaN where that night has no value."""
    medians = pd.Series(values).rolling(MEDIAN_OF, center=True, min_periods=1).median()
    return medians.where(np.isfinite(values)).to_numpy()


def _one_line(axes: Axes, times: np.ndarray, values: np.ndarray, colour: Colour, *, many: bool) -> Line2D:
    if not many:
        return axes.plot(times, values, color=colour, linewidth=1.6, marker="o", markersize=4)[0]
    axes.plot(times, values, color=colour, linestyle="", marker="o", markersize=2.2, alpha=0.3, markeredgewidth=0)
    return axes.plot(times, running_median(values), color=colour, linewidth=1.8)[0]


def _relative(values: np.ndarray) -> np.ndarray:
    """Each column over its first value; NaN where that is not positive."""
    first = pd.DataFrame(values).bfill().iloc[0].to_numpy(dtype=float)
    return values / np.where(first > 0, first, np.nan)


def _time_axis(axes: Axes, times: np.ndarray) -> None:
    span = times[-1] - times[0]
    locator = _dates.AutoDateLocator(minticks=3, maxticks=9)
    if not span:
        axes.set_xlim(times[0] - FEW_DAYS, times[-1] + FEW_DAYS)
    if not span or FEW_DAYS <= span < MANY_DAYS:
        locator = _dates.DayLocator()  # the other one would tell hours
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_dates.ConciseDateFormatter(locator))
    axes.set_xlabel("night (UTC)")


def _value_axis(axes: Axes, shown: np.ndarray, name: str) -> None:
    if wants_log(shown, LOG_FROM):
        make_log(axes.yaxis, shown)
    else:
        make_linear(axes.yaxis)
        low, high = float(shown.min()), float(shown.max())
        span = max(high - low, LEAST_SPAN * abs(low + high) / 2) or 1.0
        axes.set_ylim((low + high) / 2 - 0.58 * span, (low + high) / 2 + 0.58 * span)
    axes.set_ylabel(name)
