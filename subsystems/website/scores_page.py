"""The page of the scores: each metric with its line through the nights, and all of them as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup

from pytest_relaybench.render.csv_cells import no_formula
from pytest_relaybench.render.format import Scale, run_time

from .charts.picture import Picture
from .inert import plain
from .scores import Score, ScoreNight
from .series import night_words
from .shell import shell
from .site import Part, Site

NEWEST = 60  # nights whose scores stand in the table
CSV_PLACE = "scores/scores.csv"
COLUMNS = ("metric", "run_id", "timestamp", "value", "unit", "score", "total", "text")


def scores(site: Site) -> Part:
    """Every metric: its newest score, how it came there, its pictures; no page where there is no metric."""
    told = site.told
    if not told.scores:
        return Part()
    body = site.jinja.get_template("scores.html").render(
        told=told,
        run_id=site.dashboard.run_id,
        line=line_of,
        newest=lambda score: score.nights[-NEWEST:][::-1],
        csv_place=CSV_PLACE,
        place=site.place_of_run,
    )
    files = {f"scores/{score.slug}/{graph.file}": graph.path for score in told.scores for graph in score.graphs}
    return Part(
        {"scores.md": shell("Scores", body)}, {CSV_PLACE: csv_of(told.scores), **files}, [("Scores", "scores.md")]
    )


def line_of(score: Score) -> Markup:
    """All nights of a score as a line; empty under two values. What only counts (a share) is drawn in steps."""
    known = [(moment, night) for night in score.nights if (moment := _moment(night)) and math.isfinite(night.value)]
    if len(known) < 2:
        return Markup()
    values = np.array([night.value for _, night in known])
    unit = known[-1][1].unit
    return Picture(
        times=np.array([moment for moment, _ in known], dtype=np.int64),
        values=values,
        median=values,  # the line itself: a score is no noise to look through
        steps=unit == "%",
        scale=Scale(1.0, unit),
        uprights=(),
        kind="",
        title=f"{score.title}, {night_words([night.run_id for _, night in known])}: newest {known[-1][1].text}",
    ).svg()


def _moment(night: ScoreNight) -> int | None:
    begun = run_time(night.run_id)
    return int(begun.timestamp()) if begun else None


def csv_of(found: Sequence[Score]) -> bytes:
    """Every score of every night, oldest first; `score` of `total` where something is counted."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(row for score in found for row in _rows(score))
    return written.getvalue().encode(errors="replace")


def _rows(score: Score) -> Iterator[list[str]]:
    for night in score.nights:
        begun = run_time(night.run_id)
        numbers = [_digits(night.value), _cell(night.unit), _digits(night.score), _digits(night.total)]
        yield [_cell(score.name), _cell(night.run_id), begun.isoformat() if begun else "", *numbers, _cell(night.text)]


def _digits(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else repr(value)


def _cell(text: str) -> str:
    return no_formula(plain(text))
