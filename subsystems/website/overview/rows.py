"""A row for each experiment: its state, newest value, what changed by how much, and since when."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from pytest_relaybench.detect import Kind
from pytest_relaybench.judging.verdicts import ABSENT
from pytest_relaybench.render.format import change_text, day_text, run_time

from ..experiments import Experiment, State
from ..headline import JUDGED, Headline, harm_of, interval_text, verdict_text
from ..series import Series, night_words
from ..spark import sparkline
from .choices import Choices
from .waits import who_of

CALM = len(JUDGED)  # the rank of a verdict that nobody needs to look at
MORE_IS_BETTER = {"higher": ", more is better"}
STATES = (State.FAILED, State.ABSENT, State.FINE, State.NEVER, State.INACTIVE)


@dataclass(frozen=True)
class Change:
    """How far the level of one series is from the one before it, and which series that is."""

    text: str
    interval: str
    name: str
    tone: str  # CSS class: a colour belongs to a verdict
    harm: float  # to sort by, the worst greatest
    tonight: str  # what the newest night alone says, where that is much


@dataclass(frozen=True)
class Row:
    """One experiment as the table tells it; `marks` are what it can be chosen by."""

    experiment: Experiment
    style: str
    marks: str
    metric: str
    change: Change | None
    verdict: str
    kind: str  # empty where the verdict is calm
    told: Sequence[str]  # of the series that changed, the gravest first
    rank: float  # of the verdict, to sort by
    spark: Markup
    who: str


def rows_of(experiments: Sequence[Experiment], choices: Choices) -> list[Row]:
    """What needs somebody first, then by title."""
    rows = [_row(experiment, choices.marks[experiment.name]) for experiment in experiments]
    return sorted(rows, key=lambda row: (_gravity(row), row.experiment.title.lower(), row.experiment.name))


def _row(experiment: Experiment, marks: str) -> Row:
    judgement, kind = experiment.judgement, _gravest(experiment)
    return Row(
        experiment=experiment,
        style=f"{experiment.state.name.lower()} rb-verdict-{kind}" if kind else experiment.state.name.lower(),
        marks=marks,
        metric=_metric(experiment.headline) if experiment.headline else "",
        change=_change(experiment),
        verdict=judgement.text,
        kind=judgement.kind if judgement.changed else "",
        told=_told(experiment),
        rank=_rank(kind) - min(len(judgement.changed), 999) / 1000,
        spark=_spark(experiment),
        who=who_of([experiment]) if experiment.state == State.FAILED else "",
    )


def _gravest(experiment: Experiment) -> str:
    """The gravest kind, of all nights and of builds side by side; empty where nobody needs to look."""
    kinds = {experiment.judgement.kind, experiment.side_by_side.kind}
    return next((kind.value for kind in JUDGED if kind.value in kinds), "")


def _rank(kind: str) -> int:
    return JUDGED.index(Kind(kind)) if kind else CALM


def _gravity(row: Row) -> int:
    """What failed, then what became worse, then what is missing or was left out, then the rest."""
    state, rank = row.experiment.state, math.ceil(row.rank)
    if state in (State.NEVER, State.INACTIVE):
        return 2 * CALM + STATES.index(state)
    if state == State.FAILED:
        return -1
    if row.change and row.change.tonight:
        rank = min(rank, JUDGED.index(Kind.FASTER))
    return min(rank, JUDGED.index(Kind.MISSING)) if state == State.ABSENT else rank


def _metric(headline: Headline) -> str:
    count = f", {headline.series} series" if headline.series > 1 else ""
    return headline.metric + count + MORE_IS_BETTER.get(headline.change.direction, "")


def matters(experiment: Experiment) -> Series | None:
    """The series whose level changed most, of those that a verdict is about, else of the experiment's own metric."""
    changed = [s for s in experiment.judgement.changed if _has_levels(s)]
    if changed:
        return changed[0]
    own = next(iter(experiment.history.by_metric().values()), [])
    return max((s for s in own if _has_levels(s)), key=harm_of, default=None)


def _has_levels(series: Series) -> bool:
    is_compared = np.isfinite(series.values).sum() > 1  # one night is no change, also of what is exact
    return bool(is_compared) and math.isfinite(series.verdict.ratio) and series.verdict.kind not in ABSENT


def _change(experiment: Experiment) -> Change | None:
    series = matters(experiment)
    if series is None:
        return None
    tones = {Kind.SLOWER: "worse", Kind.FASTER: "better"}
    return Change(
        text=change_text(series.verdict.ratio),
        interval=interval_text(series.verdict.ci),
        name=_name(experiment, series),
        tone=tones.get(series.verdict.kind, ""),
        harm=round(harm_of(series), 5),
        tonight=_tonight(experiment),
    )


def _tonight(experiment: Experiment) -> str:
    """A tenth or more between the newest two nights that no verdict tells yet: `tonight +25.0 % (worse), O3`."""
    headline = experiment.headline
    if headline is None or experiment.judgement.changed or len(experiment.history.nights) < 3:
        return ""
    change = headline.change
    if change.worst and change.worst_tone:
        return f"tonight {change.worst_text}, {change.worst}"
    return f"tonight {change.text}" if change.tone else ""


def _name(experiment: Experiment, series: Series) -> str:
    """What tells it from the others: its metric too, unless that is the experiment's own; empty where it is alone."""
    if len(experiment.history.series) == 1:
        return ""
    label = experiment.history.label(series)
    is_own = experiment.headline is not None and series.metric == experiment.headline.metric
    return label if is_own else f"{label}, {series.metric}"


def _told(experiment: Experiment) -> list[str]:
    """The first without the numbers that stand beside it, the others with them."""
    found: list[str] = []
    for series in experiment.judgement.changed:
        is_beside = not found and _has_levels(series)
        words = _since(experiment, series) if is_beside else verdict_text(experiment.history, series)
        found.append(": ".join(filter(None, [f"{_name(experiment, series)} {words}".strip(), series.reason])))
    return found


def _since(experiment: Experiment, series: Series) -> str:
    since = series.verdict.since
    return "" if since is None else f"since {day_text(run_time(experiment.history.nights[since]))}"


def _spark(experiment: Experiment) -> Markup:
    headline = experiment.headline
    if headline is None:
        return Markup()
    what = f", {headline.trend_of}" if headline.trend_of else ""
    title = f"{headline.metric}{what}: {night_words(experiment.history.nights)}"
    return sparkline(
        headline.trend, title, f"rb-dot-{experiment.judgement.kind}" if experiment.judgement.changed else ""
    )
