"""A series as a small picture: hand-written SVG, as fast as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 264, 52, 6  # of the drawing, in half pixels, so that whole numbers are fine enough
NIGHTS = 60  # more cannot be told apart at this width
LEAST_SPAN = 0.04  # of the middle: noise below this shall not look like mountains

Point = tuple[int, int]


def sparkline(values: Sequence[float], title: str, tone: str = "") -> Markup:
    """The newest 60 values, oldest first, as one line with gaps at NaN and a dot at the newest; empty under two values.

    `title` is what a screen reader says; `tone` is a CSS class for the dot. A page may have a thousand of these, so
    the path is written in as few characters as it takes.
    """
    shown = list(values)[-NIGHTS:]
    known = [value for value in shown if math.isfinite(value)]
    if len(known) < 2:
        return Markup()
    points = _points(shown, *_range(known))
    x, y = next(point for point in reversed(points) if point is not None)
    return Markup(
        '<svg class="rb-spark" viewBox="0 0 {width} {height}" role="img"><title>{title}</title>'
        '<path d="{path}"/><circle{tone} cx="{x}" cy="{y}" r="5"/></svg>'
    ).format(
        width=WIDTH,
        height=HEIGHT,
        title=title,
        path=_path(points),
        tone=Markup(' class="{}"').format(tone) if tone else "",
        x=x,
        y=y,
    )


def _range(known: Sequence[float]) -> tuple[float, float]:
    low, high = min(known), max(known)
    middle = low / 2 + high / 2  # each half on its own: the sum of two huge values would overflow
    reach = max(high / 2 - low / 2, LEAST_SPAN * abs(middle) / 2) or 1.0
    return middle - reach, middle + reach


def _points(shown: Sequence[float], low: float, high: float) -> list[Point | None]:
    step = (WIDTH - 2 * MARGIN) / max(len(shown) - 1, 1)
    tall, span = HEIGHT - 2 * MARGIN, high / 2 - low / 2
    return [
        (round(MARGIN + place * step), round(HEIGHT - MARGIN - tall * ((value / 2 - low / 2) / span)))
        if math.isfinite(value)
        else None
        for place, value in enumerate(shown)
    ]


def _path(points: Sequence[Point | None]) -> str:
    """Each unbroken stroke from its first point by steps, level ones in a row as one: `M6 26l9 0 4-3 4 1`."""
    strokes: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            strokes.append([])
        else:
            strokes[-1].append(point)
    return "".join(_stroke(stroke) for stroke in strokes if stroke)


def _stroke(stroke: Sequence[Point]) -> str:
    steps: list[Point] = []
    for (x, y), (to_x, to_y) in pairwise(stroke):
        if steps and y == to_y and steps[-1][1] == 0:
            steps[-1] = (steps[-1][0] + to_x - x, 0)
        else:
            steps.append((to_x - x, to_y - y))
    drawn = " ".join(f"{x}{'' if y < 0 else ' '}{y}" for x, y in steps or [(0, 0)])
    return f"M{stroke[0][0]} {stroke[0][1]}l{drawn}"
