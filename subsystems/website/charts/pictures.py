"""The pictures of one metric, small multiples: a series each, at most twelve of them, of the newest 120 nights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from markupsafe import Markup

from pytest_relaybench.render.format import day_text, scale_for, value_text

from ..headline import JUDGED, verdict_text, verdict_word
from ..series import History, night_words
from .events import Event
from .lines import Line
from .marks import Mark
from .measured import Measured
from .picture import Picture, Upright, running_median
from .rows import Floats, Places

MOST_PICTURES = 12
MOST_EVENTS = 8  # that are told below the pictures; the newest
NIGHTS = 120  # more cannot be told apart at this width


@dataclass(frozen=True)
class Drawn:
    """A picture with what stands over it; `kind` and `word` are the verdict's, "" where nothing changed."""

    label: str
    newest: str
    kind: str
    word: str
    svg: Markup


@dataclass(frozen=True)
class Pictures:
    """The pictures of a metric, and how many nights there are of what they show.

    `events` are the days and texts of what happened to the machine of the first, the oldest first.
    """

    drawn: Sequence[Drawn]
    series: int  # that could be drawn
    shown_nights: int
    nights: int
    events: Sequence[tuple[str, str]]


def pictures_of(
    chart: Measured, marks: Mapping[int, Sequence[Mark]], events: Sequence[Event], history: History
) -> Pictures:
    """Of the series that the page's tables have; of all where they have none. `marks` are by the place of the line."""
    candidates = [place for place, line in enumerate(chart.lines) if line.series] or list(range(len(chart.lines)))
    places = _gravest(chart, candidates)
    nights = np.flatnonzero(~np.isnan(chart.values[candidates]).all(axis=0))
    if not nights.size:
        return Pictures([], len(candidates), 0, 0, [])
    values = chart.values[np.ix_(np.asarray(places), nights)]
    medians = values if chart.deterministic else running_median(values)
    found = []
    newest = nights[-NIGHTS:]
    for place, own, median in zip(places, values, medians, strict=True):
        if np.isnan(own[-NIGHTS:]).all():  # it ended long before the others
            continue
        uprights = [*_of_events(chart, chart.lines[place], events, newest), *_of_marks(chart, marks[place], newest)]
        found.append(_drawn(chart, place, (own[-NIGHTS:], median[-NIGHTS:]), newest, uprights, history))
    happened = _of_events(chart, chart.lines[places[0]], events, newest)[-MOST_EVENTS:]
    told = [(day_text(datetime.fromtimestamp(one.at, UTC)), one.text) for one in happened]
    return Pictures(found, len(candidates), len(newest), len(nights), told)


def _gravest(chart: Measured, places: Sequence[int]) -> list[int]:
    """Those that changed come first, and there is an end to them."""

    def gravity(place: int) -> int:
        kind = _kind(chart.lines[place])
        return JUDGED.index(kind) if kind in JUDGED else len(JUDGED)

    return sorted(places, key=gravity)[:MOST_PICTURES]


def _kind(line: Line) -> str:
    """The verdict's word where it tells of something."""
    series = line.series
    if series is None or not (series.directional or series.missing) or series.verdict.kind not in JUDGED:
        return ""
    return series.verdict.kind.value


def _drawn(  # noqa: PLR0913, PLR0917, all that a picture shows
    chart: Measured,
    place: int,
    told: tuple[Floats, Floats],
    nights: Places,
    uprights: Sequence[Upright],
    history: History,
) -> Drawn:
    line, (values, median) = chart.lines[place], told
    known = values[~np.isnan(values)]
    newest = value_text(float(known[-1]), chart.unit)
    scale = scale_for(float(np.abs(known).max()), chart.unit)
    runs = [chart.runs[night] for night in nights[~np.isnan(values)]]
    span = f"{value_text(float(known.min()), chart.unit)} to {value_text(float(known.max()), chart.unit)}"
    verdict = verdict_text(history, line.series) if line.series and line.series.directional else ""
    title = f"{chart.name}, {line.label}: {night_words(runs)}, {span}, newest {newest}"
    picture = Picture(
        times=chart.times[nights],
        values=values,
        median=median,
        steps=chart.deterministic,
        scale=scale,
        uprights=uprights,
        kind=_kind(line) or "none",
        title=f"{title}; {verdict}" if verdict else title,
    )
    word = verdict_word(line.series) if line.series and _kind(line) else ""
    return Drawn(line.label, newest, _kind(line), word, picture.svg())


def _of_events(chart: Measured, line: Line, events: Sequence[Event], nights: Places) -> list[Upright]:
    """What happened to the machine of this line in the time that the picture shows, a line for each run."""
    first, last = chart.runs[nights[0]], chart.runs[nights[-1]]
    by_moment: dict[int, list[str]] = {}
    for event in events:
        if first < event.run <= last and event.machine == line.machine:
            by_moment.setdefault(event.at, []).append(event.text)
    return [Upright(at, "event", "", "; ".join(texts)) for at, texts in by_moment.items()]


def _of_marks(chart: Measured, marks: Sequence[Mark], nights: Places) -> list[Upright]:
    first = chart.runs[nights[0]]
    begun = ((int(chart.times[chart.place_of[mark.run]]), mark) for mark in marks if mark.run >= first)
    return [Upright(at, mark.kind, mark.word, mark.text) for at, mark in begun]
