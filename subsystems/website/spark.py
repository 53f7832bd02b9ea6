"""A series as a small picture: hand-written SVG, as fast as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 132.0, 26.0, 3.0
NIGHTS = 60  # more cannot be told apart at this width
LEAST_SPAN = 0.04  # of the middle: noise below this shall not look like mountains


def sparkline(values: Sequence[float], title: str, tone: str = "") -> Markup:
    """The newest 60 values, oldest first, as one line with gaps at NaN and a dot at the newest; empty under two values.

    `title` is what a screen reader says; `tone` is a CSS class for the dot.
    """
    shown = list(values)[-NIGHTS:]
    known = [value for value in shown if math.isfinite(value)]
    if len(known) < 2:
        return Markup()
    points = _points(shown, *_range(known))
    last = next(point for point in reversed(points) if point is not None)
    return Markup(
        '<svg class="rb-spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="{title}"><title>{title}</title><path d="{path}"/>'
        '<circle class="{tone}" cx="{x}" cy="{y}" r="2.4"/></svg>'
    ).format(
        width=f"{WIDTH:.0f}",
        height=f"{HEIGHT:.0f}",
        title=title,
        path=_path(points),
        tone=tone,
        x=f"{last[0]:.1f}",
        y=f"{last[1]:.1f}",
    )


def _range(known: Sequence[float]) -> tuple[float, float]:
    low, high = min(known), max(known)
    middle = (low + high) / 2
    reach = max(high - low, LEAST_SPAN * abs(middle)) / 2 or 1.0
    return middle - reach, middle + reach


def _points(shown: Sequence[float], low: float, high: float) -> list[tuple[float, float] | None]:
    step = (WIDTH - 2 * MARGIN) / max(len(shown) - 1, 1)
    tall = HEIGHT - 2 * MARGIN
    return [
        (MARGIN + index * step, HEIGHT - MARGIN - tall * (value - low) / (high - low)) if math.isfinite(value) else None
        for index, value in enumerate(shown)
    ]


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(parts)
