"""The roofline picture: every case and engine under what memory and arithmetic allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import itemgetter

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pytest_relaybench.render.canvas import GREY, Heading, colours, legend, make_log, new_axes
from pytest_relaybench.render.format import value_text
from pytest_relaybench.render.known_values import in_order

from .cases import KINDS, parse_case
from .roof import Roof

WIDTH, HEIGHT = 9.5, 6.2  # inches
MARKERS = dict(zip(KINDS, "osD^v", strict=True))
NEAR = 0.035  # of the axis: labels closer than this would lie on each other
MOST_TOGETHER = 2  # names at one place; more are counted
FOOT = 0.4  # of the rates' span, below them: there stand the names
GIGA = 1e9
INK = "#333333"


def draw_roofline(rows: pd.DataFrame, roof: Roof | None, heading: Heading) -> Axes:
    """Rates over intensities, both logarithmic, from rows with case, operator, engine and value (FLOP/s).

    A colour for each engine, a marker for each operator, the case's name where its points stand. Without a measured
    roof the points are drawn alone.
    """
    axes = new_axes(WIDTH, HEIGHT, heading)
    intensities = rows["case"].map(lambda text: parse_case(str(text)).intensity).to_numpy(dtype=float)
    rates = rows["value"].to_numpy(dtype=float) / GIGA
    ends = np.array([intensities.min() / 2, intensities.max() * 2, *([roof.ridge * 2, roof.ridge / 2] if roof else [])])
    make_log(axes.xaxis, ends)
    top = max(rates.max(), roof.flops / GIGA if roof else 0.0)
    foot = rates.min() * (rates.min() / top) ** FOOT
    make_log(axes.yaxis, np.array([foot, top]))
    if roof is not None:
        _draw_roof(axes, roof)
    engines = in_order(list(rows["engine"].drop_duplicates()))
    palette = colours(engines)
    for intensity, rate, row in zip(intensities, rates, rows.itertuples(), strict=True):
        axes.plot(
            *(intensity, rate), MARKERS[str(row.operator)], color=palette[str(row.engine)], markersize=7, alpha=0.85,
            markeredgecolor="white", markeredgewidth=0.6,
        )  # fmt: skip
    _name_cases(axes, dict(zip(rows["case"], intensities, strict=True)))
    axes.set_xlabel("operations per byte that must move (FLOP/B)")
    axes.set_ylabel("GFLOP/s, higher is better")
    operators = list(rows["operator"].drop_duplicates())
    handles = [
        *(Line2D([], [], color=palette[engine], marker="o", linestyle="", markersize=7) for engine in engines),
        *(Line2D([], [], color=GREY, marker=MARKERS[operator], linestyle="", markersize=7) for operator in operators),
    ]
    legend(axes, handles, [*engines, *operators], "engine and operator")
    if roof is not None:
        figure = axes.get_figure(root=True)
        assert figure is not None, "axes are made by new_axes"
        figure.draw_without_rendering()
        _name_slope(axes, roof)
    return axes


def _draw_roof(axes: Axes, roof: Roof) -> None:
    low, high = axes.get_xlim()
    places = np.geomspace(low, high, 200)
    axes.plot(places, [roof.at(place) / GIGA for place in places], color=INK, linewidth=1.5, zorder=1)
    axes.annotate(
        f"arithmetic {value_text(roof.flops, 'FLOP/s')}", (high, roof.flops / GIGA), xytext=(0, 4),
        textcoords="offset points", ha="right", va="bottom", fontsize="small", color=INK,
    )  # fmt: skip


def _name_slope(axes: Axes, roof: Roof) -> None:
    """The memory's name along its line, at its lower end; the picture has its layout by now, and the line its angle."""
    start = max(axes.get_xlim()[0], axes.get_ylim()[0] * GIGA / roof.bandwidth) * 1.1
    ends = [(place, roof.at(place) / GIGA) for place in (start, roof.ridge)]
    (left, low), (right, high) = axes.transData.transform(ends)
    angle = math.degrees(math.atan2(high - low, right - left))
    axes.annotate(
        f"memory {value_text(roof.bandwidth, 'B/s')}", ends[0], xytext=(0, 4), textcoords="offset points", va="bottom",
        rotation=angle, rotation_mode="anchor", fontsize="small", color=INK,
    )  # fmt: skip


def _name_cases(axes: Axes, intensities: dict[str, float]) -> None:
    """A thin line at each intensity, with the names of the cases there along its foot."""
    bottom = axes.get_ylim()[0]
    for place, names in _together(axes, intensities):
        axes.axvline(place, color="#dcdcdc", linewidth=0.8, zorder=0)
        more = [f"and {len(names) - MOST_TOGETHER} more"] if names[MOST_TOGETHER:] else []
        shown = "\n".join([*names[:MOST_TOGETHER], *more])
        axes.annotate(
            shown, (place, bottom), xytext=(-2, 4), textcoords="offset points", rotation=90, ha="right", va="bottom",
            fontsize="x-small", color=GREY,
        )  # fmt: skip


def _together(axes: Axes, intensities: dict[str, float]) -> Sequence[tuple[float, list[str]]]:
    """Places of labels from left to right; names too near to the one before stand with it."""
    low, high = np.log10(axes.get_xlim())
    found: list[tuple[float, list[str]]] = []
    for name, intensity in sorted(intensities.items(), key=itemgetter(1)):
        if found and np.log10(intensity / found[-1][0]) < NEAR * (high - low):
            found[-1][1].append(name)
        else:
            found.append((intensity, [name]))
    return found
