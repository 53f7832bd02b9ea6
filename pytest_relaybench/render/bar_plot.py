"""Tonight's values as bars, upright while they have room and lying when they have not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

from .canvas import GREY, Heading, axis_name, axis_scale, legend, make_linear, make_log, new_axes, shortened, wants_log
from .format import number_text, ratio_text
from .graphs import Bars
from .grid import Grid
from .look import SCREEN, Colour, Look
from .relative import RATIO_UNIT

MOST_UPRIGHT = 24  # bars
LOG_FROM = 20.0  # largest over smallest value
ROOM_FOR_LABELS = 78  # letters under all groups of a picture
ROOM_IN_PRINT = 44
STEADY = "time"  # the metric that needs no name where a speedup is told
ROOM_BELOW = 0.6  # of the lowest value, on a logarithmic axis
LEAST_GROUPS = 3  # a lone bar does not fill the picture
NO_HEADING = Heading("")
GROUP_WIDTH = 0.84  # of the distance between two groups


def draw_bars(graph: Bars, data: Grid, palette: Mapping[str, Colour], heading: Heading, look: Look = SCREEN) -> Axes:
    """Draw grouped bars, each with its number; where nothing was measured it says so.

    Multiples of a reference get a line at 1, where the reference stands.
    """
    scale = axis_scale(data.values, data.unit, graph.unit)
    shown = data.values / scale.factor
    upright = _have_room(data, look)
    axes = new_axes(*_size(data, upright, look), heading if look.has_heading else NO_HEADING)
    is_ratio = data.unit == RATIO_UNIT
    base = 1.0 if is_ratio and wants_log(shown, LOG_FROM, graph.log) else 0.0  # a logarithmic axis has no zero
    picture = _BarAxes(axes, upright, ratio_text if is_ratio else number_text, base)
    picture.value_axis(shown, graph.log, _value_name(graph, scale.unit, data.direction))
    picture.group_axis(data.rows, graph.x or "" if look.has_heading else "")
    if is_ratio:
        picture.line_at(1.0)
    thickness = GROUP_WIDTH / len(data.hues)
    first = np.arange(len(data.rows)) - (len(data.hues) - 1) / 2 * thickness
    handles = [
        picture.bars(first + number * thickness, shown[:, number], thickness, palette[hue], look.hatch(number))
        for number, hue in enumerate(data.hues)
    ]
    legend(picture.axes, handles, data.hues, graph.hue or "", look)
    return picture.axes


@dataclass(frozen=True)
class _BarAxes:
    """Axes whose bars stand or lie."""

    axes: Axes
    upright: bool
    text: Callable[[float], str]
    base: float = 0.0  # where bars begin

    def bars(self, at: np.ndarray, values: np.ndarray, thickness: float, colour: Colour, hatch: str) -> BarContainer:
        """Bars at these places with their numbers, words where a value is NaN."""
        there = np.isfinite(values)
        lengths, width = values[there] - self.base, thickness * 0.94
        container = (
            self.axes.bar(at[there], lengths, width, bottom=self.base, color=colour, hatch=hatch)
            if self.upright
            else self.axes.barh(at[there], lengths, width, left=self.base, color=colour, hatch=hatch)
        )
        narrow = self.upright and thickness < 0.3
        texts = [self.text(value) for value in values[there]]
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

    def line_at(self, value: float) -> None:
        """A thin line across all groups."""
        draw = self.axes.axhline if self.upright else self.axes.axvline
        draw(value, color=GREY, linewidth=0.8, linestyle="--", zorder=1)

    def value_axis(self, shown: np.ndarray, log: bool | None, name: str) -> None:
        """The axis along the bars, from zero unless it is logarithmic."""
        axis = self.axes.yaxis if self.upright else self.axes.xaxis
        self.axes.grid(visible=False, axis="x" if self.upright else "y")
        if wants_log(shown, LOG_FROM, log):
            make_log(axis, np.append(shown, self._ends(shown)) if self.base else shown)
        else:
            make_linear(axis)
            self.axes.margins(0.09, 0.14)
        axis.set_label_text(name)

    def _ends(self, shown: np.ndarray) -> list[float]:
        """Where bars begin, and below those that hang down room for their numbers."""
        lowest = float(np.nanmin(shown))
        return [self.base, lowest * ROOM_BELOW] if lowest < self.base else [self.base]

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


def _have_room(data: Grid, look: Look) -> bool:
    letters = max(len(shortened(group)) for group in data.rows) * len(data.rows)
    return len(data.rows) * len(data.hues) <= MOST_UPRIGHT and letters <= (
        ROOM_IN_PRINT if look.width_in else ROOM_FOR_LABELS
    )


def _size(data: Grid, upright: bool, look: Look) -> tuple[float, float]:
    bars = len(data.rows) * len(data.hues)
    if look.width_in:
        return look.width_in, 2.1 if upright else 0.7 + 0.09 * bars + 0.03 * len(data.rows)
    if upright:
        return min(6.0 + 0.25 * bars, 10.5), 4.4
    return 9.0, 1.6 + 0.2 * bars + 0.12 * len(data.rows)


def _value_name(graph: Bars, unit: str, direction: str) -> str:
    """The axis' words: the metric, and what its values are multiples of."""
    if graph.reference is None:
        return axis_name(graph.metric, unit, direction)
    of_what = ", ".join(value if isinstance(value, str) else f"{key} {value}" for key, value in graph.reference.items())
    if graph.relative_to:
        return axis_name(f"{graph.metric} relative to {of_what}", unit, direction)
    speedup = f"speedup over {of_what}"
    return axis_name(speedup if graph.metric == STEADY else f"{graph.metric}, {speedup}", unit, direction)
