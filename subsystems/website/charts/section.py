"""The charts of one experiment: what its page shows, and the files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from pytest_relaybench.render.format import count_text

from ..experiments import Experiment
from ..headline import Judgement, judgement_of
from ..script_data import json_text
from .chunks import chunk_file, chunks_of
from .events import Event
from .manifest import Marks, Told, manifest_of
from .marks import Seen
from .measured import Measured, measured_of
from .pictures import Drawn, Pictures, pictures_of
from .values_csv import csv_files

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
    files: Mapping[str, bytes] = field(repr=False)


def charts_of(experiment: Experiment, told: Told, seen: Seen) -> Charts:
    """The charts of an experiment's rows; none where nothing was measured."""
    files: dict[str, bytes] = {}
    sections, parts = [], []
    for chart in measured_of(experiment.rows, experiment.history):
        chunks = chunks_of(chart)
        marks = {place: seen.marks(chart, place) for place in range(len(chart.lines))}
        tables = csv_files(chart, chunks)
        parts.append((chart, chunks, marks))
        sections.append(_section(experiment, chart, marks, told.events, list(tables)))
        files |= {**{chunk.file: chunk_file(experiment.slug, chart, chunk) for chunk in chunks}, **tables}
    placed = {f"charts/{experiment.slug}/{name}": content for name, content in files.items()}
    return Charts(sections, json_text(manifest_of(told, parts)), placed)


def _section(
    experiment: Experiment, chart: Measured, marks: Marks, events: Sequence[Event], tables: Sequence[str]
) -> Section:
    history = experiment.history
    pictures = pictures_of(chart, marks, events, history)
    return Section(
        name=chart.name,
        slug=chart.slug,
        words=_words(chart, pictures),
        judgement=judgement_of(history, [line.series for line in chart.lines if line.series]),
        pictures=pictures.drawn,
        left_out=_left_out(pictures),
        events=pictures.events,
        csv=[(name, f"../charts/{experiment.slug}/{name}") for name in tables],
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
