"""One comparison as it was asked for: which two sides, what of them, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ..errors import RelaybenchError
from ..home import SENTINELS
from ..reading import nearest
from ..reports.shortening import one_line
from .comparing import Compared, Settings, chosen, compare_rows
from .judgement import MARGIN
from .matching import By, rows_by
from .remarks import side_remarks, verdict_remarks
from .selecting import Side
from .sources import OWN_HEADLINE

VERDICTS = ("slower", "faster", "unsure", "same")  # gravest first
NOT_ALIKE = "medians are compared: what stands for a run is not the same on both sides"


@dataclass(frozen=True)
class Request:
    """What is asked of a comparison; an empty tuple means everything.

    `statistic` is `headline` or a column of the table; `only` holds verdicts, or `changed`; `sort` is `change`, `name`
    or `verdict`.
    """

    by: By | None = None
    experiments: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    sort: str = "change"
    statistic: str = OWN_HEADLINE
    margin: float = MARGIN
    across_machines: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Told:
    """A comparison of two sides with what is said around it."""

    base: str
    candidate: str
    compared: Compared
    shown: pd.DataFrame  # the rows of `compared.series` that are asked for, in their order
    before: tuple[str, ...]  # lines on the sides
    after: tuple[str, ...]  # lines on the verdicts
    apart: str = ""  # the dimension in which the sides are meant to differ
    whole: bool = False  # whether people get every row of it


def compare_sides(base: Side, candidate: Side, request: Request, further: Sequence[pd.DataFrame] = ()) -> Told:
    """Compare two sides; `further` rows tell how far runs scatter, beside the sides' own histories.

    Raises RelaybenchError for an experiment, a metric or a value of `by` that neither side has.
    """
    base, candidate = (_without_sentinels(side, request) for side in (base, candidate))
    ours, theirs = base.rows, candidate.rows
    before = list(side_remarks(base, candidate, across_machines=request.across_machines))
    labels = [f"{side.name}: {side.label}" for side in (base, candidate)]
    if request.by:
        by, before = request.by, []
        ours, theirs = rows_by(ours, by.dimension, by.base), rows_by(theirs, by.dimension, by.candidate)
        labels = [f"{label}, {by.dimension} {value}" for label, value in zip(labels, by.values, strict=True)]
    statistic, remark = _statistic(base, candidate, request.statistic)
    settings = Settings(statistic, request.margin, request.by.dimension if request.by else "", request.across_machines)
    history = pd.concat([base.history, candidate.history, *further], ignore_index=True)
    compared = _asked(compare_rows(ours, theirs, history, settings), request)
    shown = _sorted(_shown(compared.series, request.only), request.sort)
    after = verdict_remarks(compared)
    return Told(
        labels[0], labels[1], compared, shown, (*before, *remark), tuple(after), settings.ignoring, request.whole
    )


def _without_sentinels(side: Side, request: Request) -> Side:
    """Sentinels measure the machine: what they did is no change of the code, so that only who asks is told."""
    if SENTINELS in request.experiments:
        return side
    return replace(side, rows=side.rows[side.rows["experiment"] != SENTINELS])


def _statistic(base: Side, candidate: Side, asked: str) -> tuple[str, tuple[str, ...]]:
    """The column to compare, and a line where it is not what was asked for."""
    if asked != OWN_HEADLINE:
        return asked, ()
    alike = base.source.headline == candidate.source.headline
    return ("value", ()) if alike else ("median", (NOT_ALIKE,))


def _asked(compared: Compared, request: Request) -> Compared:
    only = [one.series for one in (*compared.only_base, *compared.only_candidate)]
    for option, names, place in (("experiment", request.experiments, 0), ("metric", request.metrics, 3)):
        known = {*compared.series[option], *(series[place] for series in only)}
        for name in names:
            if name not in known:
                raise RelaybenchError(f"--{option}: neither side has {name!r}; {one_line(nearest(name, known))}")
    return chosen(compared, experiments=request.experiments, metrics=request.metrics)


def _shown(series: pd.DataFrame, only: Sequence[str]) -> pd.DataFrame:
    if not only:
        return series
    return series[series["kind"].isin(only) | (series["changed"].astype(bool) & ("changed" in only))]


def _sorted(series: pd.DataFrame, sort: str) -> pd.DataFrame:
    """As it stands, which is by size of change; by name; or by verdict, gravest first."""
    if sort == "name":
        return series.sort_values(["experiment", "metric", "test", "params"], kind="stable")
    if sort == "verdict":
        return series.sort_values("kind", key=lambda kinds: kinds.map(VERDICTS.index), kind="stable")
    return series
