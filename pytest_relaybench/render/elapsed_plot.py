"""Values over the seconds of one experiment as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from .canvas import Heading, axis_name, axis_scale, colours, legend, make_linear, new_axes
from .graphs import MOST_HUES

MINUTE_S, HOUR_S = 60.0, 3600.0
FROM_MINUTES_S, FROM_HOURS_S = 5 * MINUTE_S, 3 * HOUR_S
FEW_POINTS = 40  # from here on a line is drawn without its points
LEAST_PERCENT, MOST_OF_ALL = 5.0, 50.0  # an axis ends no lower; above this it shows all 100
LEAST_SPAN = 0.02  # of the largest value: noise of a per mille shall not fill the picture


def draw_elapsed(
    at: Sequence[float], lines: Mapping[str, Sequence[float]], unit: str, name: str, heading: Heading
) -> Axes:
    """Draw a line for each label of `lines`, whose values (in `unit`, NaN is a gap) were taken at `at` seconds.

    More lines than can be told apart become three: the highest, the median and the lowest at each moment.
    """
    values = np.array([lines[label] for label in lines], dtype=float).reshape(len(lines), len(at))
    labels = list(lines)
    if len(labels) > MOST_HUES:
        labels, values = _envelope(labels, values)
    scale = axis_scale(values, unit)
    axes = new_axes(9.5, 3.6, heading)
    seconds, time_unit = _time_unit(at)
    palette = colours(labels)
    marker = "o" if len(at) < FEW_POINTS else ""
    handles = [
        axes.plot(
            np.asarray(at, dtype=float) / seconds,
            row / scale.factor,
            color=palette[label],
            linewidth=1.5,
            marker=marker,
            markersize=3,
        )[0]
        for label, row in zip(labels, values, strict=True)
    ]
    make_linear(axes.yaxis)
    _value_axis(axes, values / scale.factor, unit)
    axes.set_ylabel(axis_name(name, scale.unit, "neutral"))
    axes.set_xlabel(f"time since the first sample ({time_unit})")
    legend(axes, handles, labels, "")
    return axes


def _envelope(labels: list[str], values: np.ndarray) -> tuple[list[str], np.ndarray]:
    told = [f"highest of {len(labels)}", "median", "lowest"]
    known = np.where(np.isfinite(values).any(axis=0), values, 0.0)  # a column of nothing has no median
    three = np.array([np.nanmax(known, axis=0), np.nanmedian(known, axis=0), np.nanmin(known, axis=0)])
    three[:, ~np.isfinite(values).any(axis=0)] = np.nan
    return told, three


def _value_axis(axes: Axes, shown: np.ndarray, unit: str) -> None:
    """Percent from nothing to at least a few, all else close to what there is."""
    finite = shown[np.isfinite(shown)]
    if not finite.size:
        return
    low, high = float(finite.min()), float(finite.max())
    if unit == "%":
        top = 100.0 if high > MOST_OF_ALL else max(LEAST_PERCENT, 1.1 * high)
        axes.set_ylim(0.0, 1.02 * top)
        return
    span = max(high - low, LEAST_SPAN * abs(high)) or 1.0
    middle = (low + high) / 2
    axes.set_ylim(middle - 0.58 * span, middle + 0.58 * span)


def _time_unit(at: Sequence[float]) -> tuple[float, str]:
    longest = max(at, default=0.0)
    if longest >= FROM_HOURS_S:
        return HOUR_S, "h"
    return (MINUTE_S, "min") if longest >= FROM_MINUTES_S else (1.0, "s")
