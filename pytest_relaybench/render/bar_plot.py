"""Tonight's values as bars, upright while they have room and lying when they have not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

from .canvas import (
    GREY,
    Colour,
    Heading,
    axis_name,
    axis_scale,
    legend,
    make_linear,
    make_log,
    new_axes,
    shortened,
    wants_log,
)
from .format import number_text
from .graphs import Bars
from .grid import Grid

MOST_UPRIGHT = 24  # bars
LOG_FROM = 20.0  # largest over smallest value
ROOM_FOR_LABELS = 78  # letters under all groups of a picture
LEAST_GROUPS = 3  # a lone bar does not fill the picture
GROUP_WIDTH = 0.84  # of the distance between two groups


def draw_bars(graph: Bars, data: Grid, palette: Mapping[str, Colour], heading: Heading) -> Axes:
    """Draw grouped bars, each with its number; where nothing was measured it says so."""
    scale = axis_scale(data.values, data.unit, graph.unit)
    shown = data.values / scale.factor
    upright = _have_room(data)
    picture = _BarAxes(new_axes(*_size(data, upright), heading), upright)
    picture.value_axis(shown, graph.log, axis_name(graph.metric, scale.unit, data.direction))
    picture.group_axis(data.rows, graph.x or "")
    thickness = GROUP_WIDTH / len(data.hues)
    first = np.arange(len(data.rows)) - (len(data.hues) - 1) / 2 * thickness
    handles = [
        picture.bars(first + number * thickness, shown[:, number], thickness, palette[hue])
        for number, hue in enumerate(data.hues)
    ]
    legend(picture.axes, handles, data.hues, graph.hue or "")
    return picture.axes


@dataclass(frozen=True)
class _BarAxes:
    """Axes whose bars stand or lie."""

    axes: Axes
    upright: bool

    def bars(self, at: np.ndarray, values: np.ndarray, thickness: float, colour: Colour) -> BarContainer:
        """Bars at these places with their numbers, words where a value is NaN."""
        there = np.isfinite(values)
        draw = self.axes.bar if self.upright else self.axes.barh
        container = draw(at[there], values[there], thickness * 0.94, color=colour)
        narrow = self.upright and thickness < 0.3
        texts = [number_text(value) for value in values[there]]
        self.axes.bar_label(container, texts, padding=2, fontsize="x-small", rotation=90 if narrow else 0)
        for place in at[~there]:
            self._no_value(float(place))
        return container

    def _no_value(self, place: float) -> None:
        where = (place, 0.02) if self.upright else (0.01, place)
        self.axes.annotate(
            "no value",
            where,
            xycoords=self.axes.get_xaxis_transform() if self.upright else self.axes.get_yaxis_transform(),
            rotation=90 if self.upright else 0,
            ha="center" if self.upright else "left",
            va="bottom" if self.upright else "center",
            fontsize="x-small",
            color=GREY,
        )

    def value_axis(self, shown: np.ndarray, log: bool | None, name: str) -> None:
        """The axis along the bars, from zero unless it is logarithmic."""
        axis = self.axes.yaxis if self.upright else self.axes.xaxis
        self.axes.grid(visible=False, axis="x" if self.upright else "y")
        if wants_log(shown, LOG_FROM, log):
            make_log(axis, shown)
        else:
            make_linear(axis)
            self.axes.margins(0.09, 0.14)
        axis.set_label_text(name)

    def group_axis(self, groups: Sequence[str], name: str) -> None:
        """The axis across the bars; lying bars have the first group on top, as a table has."""
        labels, places, margin = (
            [shortened(group) for group in groups],
            range(len(groups)),
            0.6 + max(0, LEAST_GROUPS - len(groups)) / 2,
        )
        if self.upright:
            self.axes.set_xticks(places, labels)
            self.axes.set_xlim(-margin, len(groups) - 1 + margin)
            self.axes.set_xlabel(name)
        else:
            self.axes.set_yticks(places, labels)
            self.axes.set_ylim(len(groups) - 1 + margin, -margin)
            self.axes.set_ylabel(name)


def _have_room(data: Grid) -> bool:
    letters = max(len(shortened(group)) for group in data.rows) * len(data.rows)
    return len(data.rows) * len(data.hues) <= MOST_UPRIGHT and letters <= ROOM_FOR_LABELS


def _size(data: Grid, upright: bool) -> tuple[float, float]:
    bars = len(data.rows) * len(data.hues)
    if upright:
        return min(6.0 + 0.25 * bars, 10.5), 4.4
    return 9.0, 1.6 + 0.2 * bars + 0.12 * len(data.rows)
