"""Samples as a picture of their distribution: dots, a box and a density for each group, as hand-written SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from pytest_relaybench.render.format import Scale, count_text, scale_for

from ..inert import inert
from .axis import Axis, svg, ticks

WIDTH = 360
LEFT, RIGHT = 12, 12
TOP, TALL, GAP, BOTTOM = 16, 40, 18, 20  # of the first label, of a group, between two, of the axis
MOST_DOTS = 80  # of more samples as many, at equal ranks: every n-th in a row could miss a mode
LEAST_FOR_A_BOX, LEAST_FOR_A_CURVE = 4, 8
CURVE_POINTS = 48
PLURALS = {"process": "processes"}
QUARTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
NARROWEST = 0.004  # of the middle: a density of equal values is no needle


Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Values of one kind, in the unit of the picture; `style` is `before` or `since`."""

    label: str
    style: str
    values: tuple[float, ...]


def distributions(groups: Sequence[Group], unit: str, noun: str, what: str) -> Markup:
    """The groups below each other on one axis; nothing where there is no value.

    `noun` is what one value is, as in "night"; `what` begins the words that a screen reader says.
    """
    shown = [group for group in groups if group.values]
    if not shown:
        return Markup()
    every = [value for group in shown for value in group.values]
    scale = scale_for(float(np.median(every)), unit)
    axis = Axis.around(every, LEFT, WIDTH - RIGHT)
    parts = [_group(group, axis, scale, TOP + place * (TALL + GAP), noun) for place, group in enumerate(shown)]
    base = TOP + len(shown) * TALL + (len(shown) - 1) * GAP + 4
    words = f"{what}. " + " ".join(f"{group.label}: {words_of(group.values, scale, noun)}." for group in shown)
    return svg(WIDTH, base + BOTTOM, words, "".join([ticks(axis, scale, base), *parts]))


def words_of(values: Sequence[float], scale: Scale, noun: str) -> str:
    """`30 nights, median 31.1 ms, middle half 31.0 ms to 31.2 ms, all 30.8 ms to 31.6 ms`."""
    low, first, middle, third, high = quartiles(sorted(values))
    parts = [count_text(len(values), noun, PLURALS.get(noun, ""))]
    if len(values) == 1:
        return f"{parts[0]}, {scale.text(middle)}"
    parts.append(f"median {scale.text(middle)}")
    if len(values) >= LEAST_FOR_A_BOX:
        parts.append(f"middle half {scale.text(first)} to {scale.text(third)}")
    return ", ".join([*parts, f"all {scale.text(low)} to {scale.text(high)}"])


def quartiles(ordered: Sequence[float]) -> list[float]:
    """Least, lower quartile, median, upper quartile, greatest of ascending values, as `numpy.quantile` has them."""
    found = []
    for share in QUARTILES:
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        found.append(ordered[low] + (place - low) * (ordered[high] - ordered[low]))
    return found


def _group(group: Group, axis: Axis, scale: Scale, top: int, noun: str) -> str:
    base = top + TALL - 12
    ordered = sorted(group.values)
    values = np.asarray(ordered, dtype=float)
    low, first, median, third, high = quartiles(ordered)
    label = inert(f"{group.label}: {count_text(values.size, noun, PLURALS.get(noun, ''))}, median {scale.text(median)}")
    places = [axis.place(value) for value in (low, first, third, high)]
    return (
        f'<g class="rb-ink-{group.style}"><text x="{LEFT}" y="{top - 4}">{label}</text>'
        f"{_curve(values, third - first, axis, base)}{_box(values.size, places, base + 6)}{_dots(values, axis, base)}"
        f'<path class="rb-median" d="M{axis.place(median):.1f} {top + 2}V{base + 10}"/></g>'
    )


def _curve(values: Values, middle_half: float, axis: Axis, base: int) -> str:
    """A Gaussian kernel estimate with Silverman's width (1986, section 3.4.2), as tall as there is room."""
    if values.size < LEAST_FOR_A_CURVE:
        return ""
    deviation = float(values.std(ddof=1))
    spread = min(deviation, middle_half / 1.349) or deviation
    width = max(0.9 * spread * values.size**-0.2, NARROWEST * (axis.high - axis.low))
    ends = max(axis.low, values[0] - 3 * width), min(axis.high, values[-1] + 3 * width)
    points = np.linspace(*ends, CURVE_POINTS)
    density = np.exp(-0.5 * ((points[:, None] - values) / width) ** 2).sum(axis=1)
    heights = base - (TALL - 16) * density / density.max()
    line = "L".join(f"{axis.place(x):.1f} {y:.1f}" for x, y in zip(points.tolist(), heights.tolist(), strict=True))
    left, right = (axis.place(float(end)) for end in ends)
    return f'<path class="rb-curve" d="M{left:.1f} {base}L{line}L{right:.1f} {base}Z"/>'


def _box(size: int, places: Sequence[float], middle: int) -> str:
    """The quartiles, and the least and greatest value."""
    if size < LEAST_FOR_A_BOX:
        return ""
    low, first, third, high = places
    return (
        f'<path class="rb-whisker" d="M{low:.1f} {middle}H{high:.1f}"/><rect class="rb-box" x="{first:.1f}" '
        f'y="{middle - 3}" width="{max(third - first, 0.8):.1f}" height="6"/>'
    )


def _dots(values: Values, axis: Axis, base: int) -> str:
    """Each value at its place, at three heights in turn, so that equal ones do not hide each other."""
    shown = values
    if shown.size > MOST_DOTS:
        shown = shown[np.linspace(0, shown.size - 1, MOST_DOTS).round().astype(int)]
    dots = (f"M{axis.place(value):.1f} {base - 5 - 4 * (number % 3)}h0" for number, value in enumerate(shown.tolist()))
    return f'<path class="rb-dots" d="{"".join(dots)}"/>'
