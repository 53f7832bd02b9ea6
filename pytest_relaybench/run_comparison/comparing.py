"""Two sides in, a table out: every series with its change and verdict, and a mean for each experiment and metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..detect.series import median
from ..history.table import SERIES_COLUMNS
from ..render.means import geometric_mean
from .judgement import CONFIDENCE, MARGIN, NOTHING, Judgement, Level, judge, judge_deterministic
from .matching import Matched, Measured, match, measured
from .spread import Spreads

COMPARED_COLUMNS = [
    "experiment", "test", "params", "metric", "machine", "variant", "unit", "direction", "base", "candidate", "ratio",
    "low", "high", "kind", "changed", "way", "confidence", "runs_base", "runs_candidate", "reason", "base_params",
    "base_variant", "base_machine", "base_hash", "candidate_hash",
]  # fmt: skip
MEAN_COLUMNS = ["experiment", "metric", "direction", "series", "ratio", "low", "high"]
RESAMPLES = 2000
FEWEST_SERIES = 5  # that an interval of a mean is drawn from
SEED = 0
NEW_BENCHMARK = "the benchmark itself changed between the two"


@dataclass(frozen=True)
class Settings:
    """How to pair and to judge; `ignoring` names a dimension in which the two sides are meant to differ."""

    statistic: str = "value"  # column of the table that stands for a run
    margin: float = MARGIN
    ignoring: str = ""
    across_machines: bool = False


@dataclass(frozen=True)
class Compared:
    """`series` has one row a pair (COMPARED_COLUMNS), largest change first; `means` one per experiment and metric.

    `only_base` and `only_candidate` are series that one side has.
    """

    series: pd.DataFrame
    means: pd.DataFrame
    only_base: tuple[Measured, ...]
    only_candidate: tuple[Measured, ...]


def compare_rows(
    base: pd.DataFrame, candidate: pd.DataFrame, history: pd.DataFrame, settings: Settings | None = None
) -> Compared:
    """Compare two sides; all three frames have the columns of `Table.frame` and `version`.

    `history` tells how far runs of a series scatter; it may hold the sides' own rows, and may be empty.
    """
    used = settings or Settings()
    sides = [measured(_with_value(rows, used.statistic)) for rows in (base, candidate)]
    matched = match(*sides, ignoring=used.ignoring, across_machines=used.across_machines)
    spreads = Spreads(_of(matched, _with_value(history, used.statistic)))
    rows = [_row(ours, theirs, _judged(ours, theirs, spreads, used.margin)) for ours, theirs in matched.pairs]
    series = pd.DataFrame(rows, columns=COMPARED_COLUMNS)
    order = sorted(range(len(rows)), key=lambda place: -size_of_change(rows[place]))
    series = series.iloc[order].reset_index(drop=True)
    return Compared(series, _means(series), matched.only_base, matched.only_candidate)


def _with_value(rows: pd.DataFrame, statistic: str) -> pd.DataFrame:
    """The rows with the chosen statistic as their value; a single value is its own."""
    if statistic == "value":
        return rows
    return rows.assign(value=rows[statistic].where(rows[statistic].notna() | (rows["n"] > 1), rows["value"]))


def _of(matched: Matched, history: pd.DataFrame) -> pd.DataFrame:
    """The history of the pairs alone."""
    wanted = {one.series for pair in matched.pairs for one in pair}
    if history.empty or not wanted:
        return history.iloc[:0]
    names = pd.DataFrame(list(wanted), columns=SERIES_COLUMNS)
    return history.merge(names, on=SERIES_COLUMNS)


def _judged(ours: Measured, theirs: Measured, spreads: Spreads, margin: float) -> Judgement:
    if ours.unit != theirs.unit:
        reason = f"measured in {ours.unit or 'no unit'} and in {theirs.unit or 'no unit'}"
        return replace(NOTHING, reason=reason)
    if ours.version and theirs.version and ours.version != theirs.version:
        return replace(NOTHING, reason=NEW_BENCHMARK)
    if ours.deterministic and theirs.deterministic:
        return judge_deterministic(ours.values, theirs.values, theirs.direction)
    base, candidate = (
        Level(side.values, side.runs, side.spread or spreads.around(side.series, side.moment))
        for side in (ours, theirs)
    )
    return judge(base, candidate, theirs.direction, margin)


def _row(ours: Measured, theirs: Measured, judged: Judgement) -> dict[str, Any]:
    experiment, test, params, metric, variant, machine = theirs.series
    return {
        "experiment": experiment, "test": test, "params": params, "metric": metric, "machine": machine,
        "variant": variant, "unit": theirs.unit, "direction": theirs.direction, "base": median(ours.values),
        "candidate": median(theirs.values), "ratio": judged.ratio, "low": judged.ci[0], "high": judged.ci[1],
        "kind": str(judged.kind), "changed": judged.changed, "way": judged.way,
        "confidence": CONFIDENCE.get(judged.way, math.nan), "runs_base": ours.runs,
        "runs_candidate": theirs.runs, "reason": judged.reason, "base_params": ours.series[2],
        "base_variant": ours.variant, "base_machine": ours.machine, "base_hash": ours.tvm_hash,
        "candidate_hash": theirs.tvm_hash,
    }  # fmt: skip


def size_of_change(row: Mapping[str, Any]) -> float:
    """To sort pairs by; where there is no ratio a change is above all others, and nothing below."""
    ratio = row["ratio"]
    if ratio > 0:
        return abs(math.log(ratio))
    return math.inf if row["changed"] else -1.0


def _means(series: pd.DataFrame) -> pd.DataFrame:
    """The geometric mean of the ratios of each experiment and metric, in the order of the series."""
    rows = []
    for (experiment, metric), group in series.groupby(["experiment", "metric"], sort=False):
        ratios = group["ratio"].dropna().to_numpy(float)
        low, high = _interval(ratios)
        mean = {"ratio": geometric_mean(ratios), "low": low, "high": high, "series": ratios.size}
        rows.append({"experiment": experiment, "metric": metric, "direction": group["direction"].iloc[0], **mean})
    return pd.DataFrame(rows, columns=MEAN_COLUMNS)


def _interval(ratios: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of the mean when the series are drawn anew, with replacement; NaN for few series.

    It says how much the mean depends on which series there are (Efron and Tibshirani, An Introduction to the Bootstrap,
    1993, chapter 13), not how far the two runs may be off: noise that a whole run shares is not in it.
    """
    if ratios.size < FEWEST_SERIES:
        return math.nan, math.nan
    random = np.random.default_rng(SEED)
    drawn = random.integers(ratios.size, size=(RESAMPLES, ratios.size))
    low, high = np.exp(np.quantile(np.log(ratios)[drawn].mean(axis=1), [0.025, 0.975]))
    return float(low), float(high)


def chosen(compared: Compared, *, experiments: Sequence[str] = (), metrics: Sequence[str] = ()) -> Compared:
    """Only some experiments and metrics of it, all where none is named."""

    def are_wanted(experiment: str, metric: str) -> bool:
        return (not experiments or experiment in experiments) and (not metrics or metric in metrics)

    def kept(frame: pd.DataFrame) -> pd.DataFrame:
        wanted = [are_wanted(*names) for names in zip(frame["experiment"], frame["metric"], strict=True)]
        return frame[np.array(wanted, dtype=bool)].reset_index(drop=True)

    def named(only: Sequence[Measured]) -> tuple[Measured, ...]:
        return tuple(one for one in only if are_wanted(one.series[0], one.series[3]))

    return Compared(
        kept(compared.series), kept(compared.means), named(compared.only_base), named(compared.only_candidate)
    )
