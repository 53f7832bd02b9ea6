"""A chart of one series that needs no script: hand-written SVG whose colours are the page's.

Faint points are the nights, the line is their running median over seven nights; what chance has no part in is drawn in
steps. Vertical lines tell when the machine or a package changed, and when the series did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup

from pytest_relaybench.render.format import Scale

from .axes import date_ticks, number_ticks
from .rows import Floats, Places

WIDTH, HEIGHT = 640, 280  # twice the pixels that it is meant for, so that whole numbers are exact enough
LEFT, RIGHT, TOP, BOTTOM = 96, 622, 34, 238
LETTERS = 21  # height of them, as the style sheet has it
BREADTH = 0.58  # of a digit, of its height
ROOM_FOR_A_WORD = 80  # between two marks
LONGEST_UNIT = 7  # characters of a unit that the axis has room for; the newest value beside the picture has it, too
LEAST_SPAN = 0.04  # of the middle: noise below this shall not look like mountains
HUGE = 1e300  # beyond which sums of values may overflow
OUTLYING = 1.5  # spans of the median beyond it: what lies farther out is drawn at the edge


@dataclass(frozen=True)
class Upright:
    """A vertical line at a moment, in seconds since 1970; `kind` is its CSS class after `rb-at-`."""

    at: int
    kind: str
    word: str  # stands beside it where there is room
    text: str


@dataclass(frozen=True)
class Picture:
    """What one chart shows: `values` at `times`, NaN where there is none, and their running median."""

    times: Places
    values: Floats
    median: Floats
    steps: bool
    scale: Scale
    uprights: Sequence[Upright]
    kind: str  # of the newest verdict, "" for none
    title: str  # what a screen reader says

    def svg(self) -> Markup:
        """The picture as one line of SVG."""
        if float(np.nanmax(np.abs(self.values))) > HUGE:
            return self._smaller().svg()
        low, high = self._range()
        xs = _spread(self.times.astype(float), float(self.times[0]), float(self.times[-1]), LEFT, RIGHT)
        known = ~np.isnan(self.values)
        heights = _spread(self.values, low, high, BOTTOM, TOP)
        level = _spread(self.median, low, high, BOTTOM, TOP)
        drawn = _steps(xs[known], heights[known]) if self.steps else _line(xs, np.where(known, level, np.nan))
        last = int(np.flatnonzero(known)[-1])
        parts = [
            _grid(low / self.scale.factor, high / self.scale.factor, self.scale.unit),
            _dates(self.times),
            *self._uprights(),
            "" if self.steps else f'<path class="rb-raw" d="{_points(xs[known], heights[known])}"/>',
            f'<path class="rb-line" d="{drawn}"/>',
            f'<circle class="rb-dot-{self.kind}" cx="{xs[last]:.0f}" cy="{_inside(heights[last]):.0f}" r="7"/>',
        ]
        begin = Markup('<svg class="rb-plot" viewBox="0 0 {} {}" role="img" aria-label="{}">')
        return begin.format(WIDTH, HEIGHT, self.title) + Markup("".join(parts)) + Markup("</svg>")  # noqa: S704, numbers and escaped texts

    def _smaller(self) -> Picture:
        """The same in a unit so large that no sum of values overflows."""
        scale = Scale(self.scale.factor / HUGE, self.scale.unit)
        return replace(self, values=self.values / HUGE, median=self.median / HUGE, scale=scale)

    def _range(self) -> tuple[float, float]:
        """What the upright axis spans: all values, but of those far from the median only the direction is shown."""
        known = self.values[~np.isnan(self.values)]
        low, high = float(known.min()), float(known.max())
        if not self.steps:
            inner, outer = float(np.nanmin(self.median)), float(np.nanmax(self.median))
            reach = OUTLYING * max(outer - inner, LEAST_SPAN * abs(outer))
            low, high = max(low, inner - reach), min(high, outer + reach)
        middle = (low + high) / 2
        least = 0.0 if self.steps and high > low else LEAST_SPAN * abs(middle)
        half = max(high - low, least) / 2 or 1.0
        bottom = middle - 1.1 * half
        return (0.0 if bottom < 0 <= low else bottom), middle + 1.1 * half

    def _uprights(self) -> list[Markup]:
        """Lines for what happened; words where they do not run into each other."""
        found: list[Markup] = []
        free = float("-inf")
        begun, ended = int(self.times[0]), int(self.times[-1])
        for upright in sorted(self.uprights, key=lambda one: (one.at, one.kind)):
            x = float(_spread(np.array([float(upright.at)]), begun, ended, LEFT, RIGHT)[0])
            word = Markup()
            if upright.word and x >= free:
                side = "end" if x > (LEFT + RIGHT) / 2 else "start"
                word = Markup('<text x="{:.0f}" y="{}" text-anchor="{}">{}</text>').format(
                    x, TOP - 10, side, upright.word
                )
                free = x + ROOM_FOR_A_WORD
            line = Markup('<g class="rb-at-{}"><title>{}</title><path d="M{:.0f} {}V{}"/>{}</g>')
            found.append(line.format(upright.kind, upright.text, x, TOP - 6, BOTTOM, word))
        return found


def running_median(values: Floats, nights: int = 7) -> Floats:
    """The median of each night with those around it, in every row; fewer at the ends and where some are missing."""
    half = nights // 2
    padded = np.pad(values, ((0, 0), (half, half)), constant_values=np.nan)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, nights, axis=1), axis=2)  # NaN comes last
    count = (~np.isnan(windows)).sum(axis=2, keepdims=True)
    lower = np.take_along_axis(windows, np.maximum(count - 1, 0) // 2, axis=2)
    upper = np.take_along_axis(windows, count // 2, axis=2)
    found: Floats = (lower / 2 + upper / 2)[:, :, 0]  # each half on its own: huge values would overflow
    return found


def _spread(values: Floats, low: float, high: float, start: float, end: float) -> Floats:
    """Where values lie between `start` and `end`; the middle where there is no span."""
    if high <= low:
        return np.where(np.isnan(values), np.nan, (start + end) / 2)
    return start + (end - start) * ((values - low) / (high - low))


def _inside(heights: Floats) -> Floats:
    return np.clip(heights, TOP - 4, BOTTOM + 4)


def _points(xs: Floats, heights: Floats) -> str:
    """Dots; what lies outside is a dot at the edge."""
    places = np.stack([xs, _inside(heights)], axis=1).round().astype(int)
    moves = np.diff(places, axis=0).tolist()
    return f"M{places[0, 0]} {places[0, 1]}h0" + "".join(f"m{x} {y}h0" for x, y in moves)


def _line(xs: Floats, heights: Floats) -> str:
    """A line with gaps where there is no value."""
    places = np.stack([xs, np.nan_to_num(_inside(heights))], axis=1).round().astype(int).tolist()
    parts, pen = [], "M"
    for (x, y), known in zip(places, ~np.isnan(heights), strict=True):
        if known:
            parts.append(f"{pen}{x} {y}")
        pen = "L" if known else "M"
    return "".join(parts)


def _steps(xs: Floats, heights: Floats) -> str:
    """A value holds until the next one."""
    places = np.stack([xs, heights], axis=1).round().astype(int).tolist()
    changes = [(x, y) for (x, y), (_, before) in zip(places[1:], places, strict=False) if y != before]
    return f"M{places[0][0]} {places[0][1]}" + "".join(f"H{x}V{y}" for x, y in changes) + f"H{places[-1][0]}"


def _grid(low: float, high: float, unit: str) -> str:
    lines, words = [], []
    ticks = number_ticks(low, high)
    longest = max((len(text) for _, text in ticks), default=1)
    size = min(LETTERS, (LEFT - 8) / (BREADTH * longest))  # a number that is cut off would be another number
    for value, text in ticks:
        y = BOTTOM + (value - low) / (high - low) * (TOP - BOTTOM)
        lines.append(f"M{LEFT} {y:.0f}H{RIGHT}")
        words.append(f'<text x="{LEFT - 8}" y="{y + 7:.0f}">{text}</text>')
    unit = unit if len(unit) <= LONGEST_UNIT else ""
    named = Markup('<text class="rb-unit" x="{}" y="{}">{}</text>').format(LEFT - 8, TOP - 12, unit) if unit else ""
    numbers = f'<g class="rb-numbers" font-size="{size:.3g}">{"".join(words)}</g>'
    return f'<path class="rb-grid" d="{"".join(lines)}"/>{numbers}{named}'


def _dates(times: Places) -> str:
    first, last = int(times[0]), int(times[-1])
    places = [
        (float(_spread(np.array([at]), first, last, LEFT, RIGHT)[0]), text) for at, text in date_ticks(first, last)
    ]
    lines = "".join(f"M{x:.0f} {BOTTOM}v8" for x, _ in places)
    words = "".join(
        f'<text x="{min(max(x, LEFT), RIGHT - 14):.0f}" y="{HEIGHT - 12}">{text}</text>' for x, text in places
    )
    return f'<path class="rb-axis" d="M{LEFT} {BOTTOM}H{RIGHT}{lines}"/><g class="rb-dates">{words}</g>'
