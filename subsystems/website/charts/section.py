"""The charts of one experiment: what its page shows, and the files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from markupsafe import Markup

from pytest_relaybench.render.format import count_text

from ..headline import Judgement, judgement_of
from ..kept import Content, Kept
from ..script_data import json_text
from .chunks import chunks_of, year_of
from .manifest import Marks, Told, manifest_of
from .marks import Seen
from .measured import Measured, measured_of
from .pictures import Drawn, Pictures, pictures_of
from .values_csv import tables_of

DIRECTIONS = {"lower": "lower is better", "higher": "higher is better"}


@dataclass(frozen=True)
class Section:
    """One metric on the page."""

    name: str
    slug: str
    words: str
    judgement: Judgement
    pictures: Sequence[Drawn] = field(repr=False)
    left_out: str  # what they do not show, in words
    events: Sequence[tuple[str, str]]  # what their dashed lines are: day and text
    csv: Sequence[tuple[str, str]]  # name and place of the files with its values, as seen from the page


@dataclass(frozen=True)
class Charts:
    """All of them; `files` are by their paths below `docs`."""

    sections: Sequence[Section]
    manifest: Markup = field(repr=False)
    files: Mapping[str, Content] = field(repr=False)


def charts_of(rows: pd.DataFrame, told: Told, seen: Seen, kept: Kept) -> Charts:
    """The charts of an experiment's rows; none where nothing was measured."""
    folder = f"charts/{told.experiment}"
    files: dict[str, Content] = {}
    sections, manifested = [], []
    for chart in measured_of(rows, told.history):
        chunks = chunks_of(chart)
        marks = {place: seen.marks(chart, place) for place in range(len(chart.lines))}
        for chunk in chunks:
            year, place = year_of(told.experiment, chart, chunk), f"{folder}/{chunk.file}"
            files[place] = kept.file(place, year.told, year.file)
        tables = tables_of(chart, chunks)
        files |= {place: kept.file(place, t.told, t.file) for t in tables for place in [f"{folder}/{t.file_name}"]}
        manifested.append((chart, chunks, marks))
        sections.append(_section(told, chart, marks, [table.file_name for table in tables]))
    return Charts(sections, json_text(manifest_of(told, manifested)), files)


def _section(told: Told, chart: Measured, marks: Marks, tables: Sequence[str]) -> Section:
    history = told.history
    pictures = pictures_of(chart, marks, told.events, history)
    return Section(
        name=chart.name,
        slug=chart.slug,
        words=_words(chart, pictures),
        judgement=judgement_of(history, [line.series for line in chart.lines if line.series]),
        pictures=pictures.drawn,
        left_out=_left_out(pictures),
        events=pictures.events,
        csv=[(name, f"../charts/{told.experiment}/{name}") for name in tables],
    )


def _words(chart: Measured, pictures: Pictures) -> str:
    """Which way is better, and how much there is of the metric."""
    counts = [count_text(pictures.series, "series", "series"), count_text(pictures.nights, "night")]
    return "; ".join([DIRECTIONS.get(chart.direction, "no direction"), *counts])


def _left_out(pictures: Pictures) -> str:
    """What the pictures do not show; empty where they show everything."""
    found = []
    if pictures.series > len(pictures.drawn):
        found.append(f"{len(pictures.drawn)} of {pictures.series} series, those that changed first")
    if pictures.nights > pictures.shown_nights:
        found.append(f"the newest {pictures.shown_nights} of {pictures.nights} nights")
    return f"Drawn: {'; '.join(found)}." if found else ""
