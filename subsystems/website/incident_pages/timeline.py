"""A series through the nights around a change, with the change marked, as hand-written SVG."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite as known

import numpy as np
from markupsafe import Markup

from pytest_relaybench.render.format import Scale, count_text, day_text, run_time, scale_for, value_text

from ..inert import inert
from .axis import Axis, svg, tick_text
from .nights import SeriesNights

WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 18, 24
NIGHTS_BEFORE, MOST_SINCE = 30, 120


@dataclass(frozen=True)
class Marks:
    """The runs at which something happened to the series; `recovered` is empty where it has not."""

    since: str
    recovered: str = ""


def window(nights: SeriesNights, since: str) -> SeriesNights:
    """Thirty nights before that run, and up to 120 from it on."""
    place = nights.place(since)
    return nights.between(place - NIGHTS_BEFORE, place + MOST_SINCE)


def timeline(shown: SeriesNights, marks: Marks, unit: str, before: float) -> Markup:
    """The nights of `window`, a dot each, with the level `before` as a line; nothing where there is no value."""
    values = [value for value in shown.values if known(value)]
    if not values:
        return Markup()
    scale = scale_for(float(np.median(values)), unit)
    levels = [before] if known(before) else []
    tall = Axis.around([*values, *levels], HEIGHT - BOTTOM, TOP)
    wide = Axis(0, max(len(shown.runs) - 1, 1), LEFT, WIDTH - RIGHT)
    body = "".join(
        [
            _levels(tall, scale),
            _level_before(tall, before),
            *_marks(shown, marks, wide),
            _builds(shown, wide),
            _line(shown, wide, tall),
            _dots(shown, marks, wide, tall),
            _absent(shown, wide),
            _dates(shown),
        ]
    )
    return svg(WIDTH, HEIGHT, _words(shown, marks, unit, before), body)


def _words(shown: SeriesNights, marks: Marks, unit: str, before: float) -> str:
    since = shown.place(marks.since)
    parts = [f"{count_text(len(shown.runs), 'night')}, {_day(shown.runs[0])} to {_day(shown.runs[-1])}"]
    parts += [f"level before {value_text(before, unit)}"] if known(before) else []
    later = [value for value in shown.values[since:] if known(value)]
    parts += [f"since {_day(marks.since)} {value_text(float(np.median(later)), unit)}"] if later else []
    missing = sum(not known(value) for value in shown.values[since:])
    parts += [f"{count_text(missing, 'night')} without a value since"] if missing else []
    parts += [f"found recovered {_day(marks.recovered)}"] if marks.recovered else []
    return "; ".join(parts)


def _levels(tall: Axis, scale: Scale) -> str:
    """Round values as lines across, the unit at the highest."""
    values = tall.round_values(scale.factor)
    parts = []
    for value in values:
        y = tall.place(value)
        unit = f" {scale.unit}" if value == values[-1] else ""
        parts.append(
            f'<path class="rb-grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/><text class="rb-tick" x="{LEFT - 5}" '
            f'y="{y + 3.5:.1f}" text-anchor="end">{inert(tick_text(value, tall, scale) + unit)}</text>'
        )
    return "".join(parts)


def _level_before(tall: Axis, before: float) -> str:
    return f'<path class="rb-level" d="M{LEFT} {tall.place(before):.1f}H{WIDTH - RIGHT}"/>' if known(before) else ""


def _marks(shown: SeriesNights, marks: Marks, wide: Axis) -> list[str]:
    """A line between the last night before and the first one with it, and one where it was found recovered."""
    found = [_mark("since", marks.since, max(shown.place(marks.since) - 0.5, 0), TOP - 7, wide)]
    place = shown.place(marks.recovered)
    if marks.recovered and place < len(shown.runs):
        found.append(_mark("recovered", marks.recovered, place, TOP + 6, wide))
    return found


def _mark(word: str, run: str, place: float, y: int, wide: Axis) -> str:
    at = wide.place(place)
    anchor, gap = ("end", -4) if at > (LEFT + WIDTH) / 2 else ("start", 4)
    return (
        f'<path class="rb-mark-{word}" d="M{at:.1f} {TOP - 2}V{HEIGHT - BOTTOM}"/>'
        f'<text class="rb-mark-{word}" x="{at + gap:.1f}" y="{y}" text-anchor="{anchor}">{word} {_day(run)}</text>'
    )


def _builds(shown: SeriesNights, wide: Axis) -> str:
    """A tick at the bottom for each night whose build is another than the one before it."""
    told = [(at, build) for at, build in enumerate(shown.builds) if build]
    changed = [at for (_, before), (at, after) in pairwise(told) if before != after]
    path = "".join(f"M{wide.place(at):.1f} {HEIGHT - BOTTOM}v-5" for at in changed)
    return f'<path class="rb-builds" d="{path}"/>' if path else ""


def _line(shown: SeriesNights, wide: Axis, tall: Axis) -> str:
    pieces, pen = [], "M"
    for at, value in enumerate(shown.values):
        if known(value):
            pieces.append(f"{pen}{wide.place(at):.1f} {tall.place(value):.1f}")
        pen = "L" if known(value) else "M"
    return f'<path class="rb-line" d="{"".join(pieces)}"/>'


def _dots(shown: SeriesNights, marks: Marks, wide: Axis, tall: Axis) -> str:
    since = shown.place(marks.since)
    parts: dict[str, list[str]] = {"before": [], "since": []}
    for at, value in enumerate(shown.values):
        if known(value):
            dot = f"M{wide.place(at):.1f} {tall.place(value):.1f}h0"
            parts["since" if at >= since else "before"].append(dot)
    return "".join(
        f'<g class="rb-ink-{style}"><path class="rb-dots" d="{"".join(dots)}"/></g>'
        for style, dots in parts.items()
        if dots
    )


def _absent(shown: SeriesNights, wide: Axis) -> str:
    """A cross at the bottom for each night without a value."""
    low = HEIGHT - BOTTOM - 9
    places = [wide.place(at) for at, value in enumerate(shown.values) if not known(value)]
    path = "".join(f"M{at - 2.5:.1f} {low}l5 5m0 -5l-5 5" for at in places)
    return f'<path class="rb-absent-night" d="{path}"/>' if path else ""


def _dates(shown: SeriesNights) -> str:
    base, first, last = HEIGHT - BOTTOM, _day(shown.runs[0]), _day(shown.runs[-1])
    return (
        f'<path class="rb-axis" d="M{LEFT} {base}H{WIDTH - RIGHT}"/><text class="rb-tick" x="{LEFT}" y="{base + 14}">'
        f'{first}</text><text class="rb-tick" x="{WIDTH - RIGHT}" y="{base + 14}" text-anchor="end">{last}</text>'
    )


def _day(run_id: str) -> str:
    return day_text(run_time(run_id))
