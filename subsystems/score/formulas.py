"""The formulas: from the night's rows and what the config says to a score, its text, and what it is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.render.canvas import axis_scale
from pytest_relaybench.render.format import count_text, number_text
from pytest_relaybench.render.means import geometric_mean

from .confs import BaselineScore, Budget, BudgetScore, GeomeanSpeedup, MetricConf, RnnScore
from .matching import Pair, pairs_of, rows_where, series_labels, words_of

PERCENT = "%"
TIMES = "×"
ROUNDING = 1e-9  # relative: a ratio that is exactly the limit must not miss it by the last digit of a logarithm


@dataclass(frozen=True)
class Part:
    """One ratio or share of a limit; `counts` tells whether it is among the counted ones, None where none are."""

    label: str
    value: float | None
    counts: bool | None = None


@dataclass(frozen=True)
class Score:
    """`score` of `total`, or a ratio over `total` series; `value` in `unit` is what is drawn through the nights."""

    score: float
    total: int
    text: str
    value: float
    unit: str
    parts: tuple[Part, ...]
    parts_name: str  # what their values are
    parts_unit: str
    parts_direction: str = "higher"


def score_of(conf: MetricConf, tonight: pd.DataFrame) -> Score:
    """Compute a metric from the night's part of the tidy table; raises RelaybenchError when that is impossible."""
    formula: Callable[[Any, pd.DataFrame], Score] = _FORMULAS[type(conf)]
    return formula(conf, tonight)


def rnn_score(conf: RnnScore, tonight: pd.DataFrame) -> Score:
    """How many ratios reach `speedup`; equality counts, and one that we did not measure is one that we missed."""
    pairs = [pair for part in conf.parts for pair in pairs_of(tonight, part, each=False)]
    asked = [pair for pair in _asked(pairs) if pair.theirs > 0]
    parts = [Part(pair.label, _number(pair.ratio), _reaches(pair.ratio, conf.speedup)) for pair in asked]
    return _counted(f"{conf.speedup:g}x speedup on NLP: ", parts, "RNNs", [*_unmatched(pairs), *_not_positive(pairs)])


def baseline_score(conf: BaselineScore, tonight: pd.DataFrame) -> Score:
    """How many are better than the baseline by more than `margin`."""
    pairs = [pair for part in conf.parts for pair in pairs_of(tonight, part, each=True)]
    parts = [Part(pair.label, _number(pair.ratio), _beats(pair, conf.margin)) for pair in _asked(pairs)]
    baselines = " and ".join(dict.fromkeys(words_of(part.theirs) for part in conf.parts))
    return _counted(f"{conf.title or f'Beat {baselines}'}: ", parts, conf.noun, _unmatched(pairs))


def geomean_speedup(conf: GeomeanSpeedup, tonight: pd.DataFrame) -> Score:
    """The geometric mean of the ratios of all series that both sides have."""
    pairs = [pair for part in conf.parts for pair in pairs_of(tonight, part, each=True)]
    matched = [pair for pair in pairs if not math.isnan(pair.ratio)]
    mean = geometric_mean(pair.ratio for pair in matched)
    over = " and ".join(dict.fromkeys(f"{words_of(part.ours)} over {words_of(part.theirs)}" for part in conf.parts))
    remarks = [*_unmatched(pairs), *_not_positive(pairs)]
    if not matched:
        raise SubsystemError(f"there is no ratio to take the mean of: {', '.join(remarks)}")
    about = ", ".join([f"geometric mean of {_series(len(matched))}", *remarks])
    text = f"{conf.title or f'Speedup of {over}'}: {number_text(mean)}x ({about})"
    parts = tuple(Part(pair.label, pair.ratio) for pair in matched)
    return Score(mean, len(matched), text, mean, TIMES, parts, "speedup", TIMES)


def budget_score(conf: BudgetScore, tonight: pd.DataFrame) -> Score:
    """How many series keep their limits; a part's value is how much of its limit it takes, in percent."""
    parts = [part for budget in conf.budgets for part in _inside(budget, tonight)]
    head = f"{conf.title or 'Within budget'}: "
    return _counted(head, parts, "series", [], ("used of the limit", PERCENT, "lower"))


def _inside(budget: Budget, tonight: pd.DataFrame) -> list[Part]:
    """The series that a limit is for."""
    rows = tonight[tonight["metric"] == budget.metric]
    if budget.experiment is not None:
        rows = rows[rows["experiment"] == budget.experiment]
    rows = rows_where(rows, budget.where, budget.experiment or "the night")
    if rows.empty:
        raise SubsystemError(f"no series of {budget.metric!r} was measured that the limit {budget.limit:g} is for")
    limits = [_limit_in(budget, unit) for unit in rows["unit"]]
    at_most = [_is_upper(budget, direction) for direction in rows["direction"]]
    labels = series_labels(rows)
    return [
        _used(label, value, limit, upper=upper)
        for label, value, limit, upper in zip(labels, rows["value"], limits, at_most, strict=True)
    ]


def _limit_in(budget: Budget, unit: str) -> float:
    """The limit in the unit of the results; raises RelaybenchError for one that has nothing to do with it."""
    return budget.limit * axis_scale(np.array([]), unit, budget.unit or unit).factor


def _is_upper(budget: Budget, direction: str) -> bool:
    if budget.at is None and direction == "neutral":
        raise SubsystemError(f'{budget.metric!r} has no direction: the budget must say `at`: "most" or "least"')
    return budget.at == "most" or (budget.at is None and direction == "lower")


def _used(label: str, value: float, limit: float, *, upper: bool) -> Part:
    """Of a lower limit less than the whole is used where a value exceeds it."""
    used = value / limit if upper else limit / value if value > 0 else math.inf
    return Part(label, _number(100 * used), used <= 1 + ROUNDING)


def _asked(pairs: Sequence[Pair]) -> list[Pair]:
    """Those that the baseline has: what ours lacks was missed, what has no yardstick says nothing."""
    return [pair for pair in pairs if not math.isnan(pair.theirs)]


def _reaches(ratio: float, limit: float) -> bool:
    return ratio >= limit * (1 - ROUNDING)


def _beats(pair: Pair, margin: float) -> bool:
    gain = pair.theirs - pair.ours if pair.direction == "lower" else pair.ours - pair.theirs
    return gain > margin


def _counted(
    head: str,
    parts: Sequence[Part],
    noun: str,
    remarks: Sequence[str],
    of: tuple[str, str, str] = ("speedup", TIMES, "higher"),
) -> Score:
    if not parts:
        raise SubsystemError("there is nothing to count: the baseline has no series")
    score, total = sum(part.counts is True for part in parts), len(parts)
    told = f" ({', '.join(remarks)})" if remarks else ""
    text = f"{head}{score} of {total} {noun}{told}"
    return Score(score, total, text, 100 * score / total, PERCENT, tuple(parts), *of)


def _unmatched(pairs: Sequence[Pair]) -> list[str]:
    count = sum(not pair.is_whole for pair in pairs)
    return [f"{_series(count)} without a counterpart"] if count else []


def _not_positive(pairs: Sequence[Pair]) -> list[str]:
    """How many pairs have no ratio although both sides were measured."""
    count = sum(pair.is_whole and math.isnan(pair.ratio) for pair in pairs)
    return [f"{count} not positive"] if count else []


def _series(count: int) -> str:
    return count_text(count, "series", "series")


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


_FORMULAS: dict[type[MetricConf], Callable[[Any, pd.DataFrame], Score]] = {
    RnnScore: rnn_score,
    BaselineScore: baseline_score,
    GeomeanSpeedup: geomean_speedup,
    BudgetScore: budget_score,
}
