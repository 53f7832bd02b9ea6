"""What the overview says of an experiment's values: all its series in one line, none hidden by the first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_relaybench.detect import Kind
from pytest_relaybench.detect.latest import ENOUGH_HISTORY
from pytest_relaybench.judging.verdicts import ABSENT
from pytest_relaybench.render.format import change_text, run_time, scale_for, worth
from pytest_relaybench.render.means import geometric_mean

from .series import History, Series, trend

JUDGED = (Kind.SLOWER, Kind.BROKEN, Kind.MISSING, Kind.MACHINE, Kind.FASTER)  # what must not drown in "same"
NOT_TIME = {Kind.SLOWER: "worse", Kind.FASTER: "better"}  # what is not counted in seconds is neither slow nor fast

LOUD = 1.1  # a smaller change of two runs gets no colour: colours belong to verdicts


def tone(ratio: float, direction: str) -> str:
    """CSS class of a change between two runs: `worse` or `better` when it is a tenth or more, else none."""
    return worth(ratio, direction) if ratio >= LOUD or ratio <= 1 / LOUD else ""


@dataclass(frozen=True)
class Change:
    """The newest night against the one before, over several series: the mean, and the one that fared worst."""

    ratio: float = math.nan
    direction: str = "neutral"
    worst: str = ""
    worst_ratio: float = math.nan

    @property
    def text(self) -> str:
        """In words."""
        return change_text(self.ratio, self.direction)

    @property
    def worst_text(self) -> str:
        """In words."""
        return change_text(self.worst_ratio, self.direction)

    @property
    def worst_tone(self) -> str:
        """CSS class."""
        return tone(self.worst_ratio, self.direction)

    @property
    def tone(self) -> str:
        """CSS class."""
        return tone(self.ratio, self.direction)


@dataclass(frozen=True)
class Judgement:
    """The verdicts of several series in a few words; `kind` is the gravest."""

    kind: str = ""
    text: str = ""
    names: tuple[str, ...] = ()  # of the series that changed, the gravest first
    changed: tuple[Series, ...] = field(default=(), repr=False)  # these series

    @property
    def kinds(self) -> set[str]:
        """Every kind that is not calm."""
        return {series.verdict.kind.value for series in self.changed}


@dataclass(frozen=True)
class Headline:
    """An experiment's newest values of its own metric; `size` is the first value, to sort by."""

    metric: str
    value: str
    series: int
    size: float
    change: Change
    trend: Sequence[float]
    trend_of: str  # which series, or that it is the mean of several; empty when there is only one


def headline_of(history: History) -> Headline | None:
    """The headline of the experiment's own metric (steady time where there is one), None without any value."""
    metrics = history.by_metric()
    if not metrics:
        return None
    metric, series = next(iter(metrics.items()))
    present = [s for s in series if not s.missing] or series
    return Headline(
        metric=metric,
        value=span_text(present),
        series=len(series),
        size=geometric_mean([s.newest for s in present]),
        change=change_of(history, series),
        **_trend(history, series),
    )


def _trend(history: History, series: Sequence[Series]) -> dict[str, Any]:
    """The one series that changed, so that the mean of many does not hide it, else the mean."""
    if len(series) == 1:
        return {"trend": series[0].values.tolist(), "trend_of": ""}
    told = [s for s in series if s.verdict.kind in (Kind.SLOWER, Kind.FASTER)]
    if told:
        one = max(told, key=lambda s: (s.verdict.kind == Kind.SLOWER, harm_of(s)))
        return {"trend": one.values.tolist(), "trend_of": history.label(one)}
    return {"trend": trend(series), "trend_of": f"mean of {len(series)}"}


def harm_of(series: Series) -> float:
    """How much worse its level is, as a logarithm: negative where it is better, its size where neither is meant."""
    ratio = series.verdict.ratio
    if not math.isfinite(ratio) or ratio <= 0:
        return -math.inf
    change = math.log(ratio)
    return {"lower": change, "higher": -change}.get(series.direction, abs(change))


def span_text(series: Sequence[Series]) -> str:
    """The newest value, or from the least to the greatest when there are several: `1.21 to 48.1 ms`."""
    low, high = min(s.newest for s in series), max(s.newest for s in series)
    unit = series[0].unit
    if len(series) == 1 or low == high:
        return scale_for(high, unit).text(high)
    least, most = scale_for(low, unit), scale_for(high, unit)
    first = least.number(low) if least == most else least.text(low)
    return f"{first} to {most.text(high)}"


def change_of(history: History, series: Sequence[Series]) -> Change:
    """Newest night against the one before, over series of one metric."""
    direction = series[0].direction
    known = [s for s in series if math.isfinite(s.ratio)]
    if not known:
        return Change(direction=direction)
    worst = max(known, key=lambda s: 1 / s.ratio if direction == "higher" else s.ratio)
    named = len(known) > 1 and worth(worst.ratio, direction) == "worse"
    return Change(
        ratio=geometric_mean([s.ratio for s in known]),
        direction=direction,
        worst=history.label(worst) if named else "",
        worst_ratio=worst.ratio if named else math.nan,
    )


def judgement_of(history: History, series: Sequence[Series]) -> Judgement:
    """The verdicts of the series in whose change there is good or bad."""
    judged = [s for s in series if s.directional]
    if not judged:
        return Judgement()
    changed = [s for kind in JUDGED for s in _by_size(kind, judged)]
    names = tuple(f"{history.label(s)}, {s.metric}: {_told(history, s)}" for s in changed)
    if changed:
        words = Counter(verdict_word(s) for s in changed)
        told = ", ".join(f"{count} {word}" for word, count in words.items())
        text = verdict_word(changed[0]) if len(judged) == 1 else f"{told}, of {len(judged)}"
        return Judgement(changed[0].verdict.kind.value, text, names, tuple(changed))
    return _calm(judged)


def _calm(judged: Sequence[Series]) -> Judgement:
    """Where nothing changed: whether most of the series were told to be the same, or nothing could be told of them."""
    unsure = [s for s in judged if s.verdict.kind != Kind.SAME]
    if 2 * len(unsure) > len(judged):
        return Judgement(Kind.UNSURE.value, _too_early(max(int(np.isfinite(s.values).sum()) for s in unsure)))
    if unsure:
        return Judgement(Kind.SAME.value, f"same, {len(unsure)} of {len(judged)} unsure")
    return Judgement(Kind.SAME.value, "same" if len(judged) == 1 else f"same, all {len(judged)}")


def _by_size(kind: Kind, judged: Sequence[Series]) -> list[Series]:
    """Those of one kind, the worst of the slower and the best of the faster first."""
    sign = 1 if kind == Kind.FASTER else -1
    return sorted((s for s in judged if s.verdict.kind == kind), key=lambda s: sign * harm_of(s))


def _too_early(nights: int) -> str:
    if nights < ENOUGH_HISTORY:
        return f"unsure: {nights} of {ENOUGH_HISTORY} nights" if nights > 1 else "first run"
    return "unsure"


def _told(history: History, series: Series) -> str:
    """The verdict, and why where numbers do not tell."""
    return ": ".join(filter(None, [verdict_text(history, series), series.reason]))


def verdict_word(series: Series) -> str:
    """`slower` or `faster` of what is counted in seconds, else `worse` or `better`; other kinds are their own word."""
    kind = series.verdict.kind
    return kind.value if series.unit == "s" else NOT_TIME.get(kind, kind.value)


def verdict_text(history: History, series: Series) -> str:
    """The verdict with its evidence: `slower by +8.1 % [+6.9 %, +9.2 %] since 2026-11-14`."""
    verdict = series.verdict
    text = verdict_word(series)
    if verdict.since is None or verdict.kind in ABSENT:
        return text
    if math.isfinite(verdict.ratio):
        text += f" {change_text(verdict.ratio)}"
    interval = interval_text(verdict.ci)
    text += f" {interval}" if interval else ""
    begun = run_time(history.nights[verdict.since])
    return f"{text} since {begun:%Y-%m-%d}" if begun else text


def interval_text(bounds: tuple[float, float]) -> str:
    """`[+6.9 %, +9.2 %]`; empty where a bound is not known."""
    if not all(math.isfinite(bound) for bound in bounds):
        return ""
    low, high = (change_text(bound).replace("no change", "0.0 %") for bound in bounds)
    return f"[{low}, {high}]"
