"""The newest values, a table for each metric, as many rows as a page can bear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_relaybench.render.format import change_text, count_text

from ..headline import JUDGED, Judgement, change_of, judgement_of, span_text
from ..inert import slug
from ..series import History, Series
from .columns import Columns, columns_of
from .shortening import newsworthy

MOST_ROWS = 500  # of all tables: a row with its picture takes about 1.4 kB
LEAST_ROWS = 12  # of each
FILTERED_FROM = 20  # rows


@dataclass(frozen=True)
class Group:
    """The series of one metric; `left_out` says how many of them have no row, none of which is news."""

    metric: str
    anchor: str
    words: str
    series: Sequence[Series]
    left_out: int
    columns: Columns
    judgement: Judgement

    @property
    def is_long(self) -> bool:
        """Whether a reader wants to search it."""
        return len(self.series) >= FILTERED_FROM


def groups_of(history: History) -> Iterator[Group]:
    """Every metric in the order of `History.by_metric`."""
    room = MOST_ROWS
    for metric, series in history.by_metric().items():
        shown = newsworthy(series, max(room, LEAST_ROWS), lambda one: one.verdict.kind in JUDGED)
        room -= len(shown)
        yield _group(history, metric, series, shown)


def _group(history: History, metric: str, series: Sequence[Series], shown: Sequence[Series]) -> Group:
    change = change_of(history, series)
    direction = {"lower": "lower is better", "higher": "higher is better"}.get(series[0].direction, "no direction")
    words = [direction, "derived" if series[0].derived else "", span_text(series)]
    if len(series) > 1:
        words += [count_text(len(series), "series", "series"), f"mean change {change.text}"]
        words += [f"worst {change.worst} {change_text(change.worst_ratio, change.direction)}"] if change.worst else []
    return Group(
        metric=metric,
        anchor=slug(metric),
        words="; ".join(word for word in words if word),
        series=shown,
        left_out=len(series) - len(shown),
        columns=columns_of(history, series),
        judgement=judgement_of(history, series),
    )
