"""From rows of the night to pairs: which rows a metric means, and what each of ours is compared with."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.reading import nearest
from pytest_relaybench.render.grid import in_words
from pytest_relaybench.render.means import geometric_mean
from pytest_relaybench.render.series import labelled

from .confs import Comparison, Scalar, Where

SIDES = ["ours", "theirs"]


@dataclass(frozen=True)
class Pair:
    """Ours beside theirs, in `unit`; NaN where that side was not measured. `ratio` is above 1 where ours is better.

    Of several series that make one side it is the geometric mean, the least where one of them is not positive.
    """

    label: str
    ours: float
    theirs: float
    unit: str
    direction: str

    @property
    def ratio(self) -> float:
        """How many times better ours is; NaN unless both sides were measured and are positive."""
        if not (self.ours > 0 and self.theirs > 0):
            return math.nan
        return self.theirs / self.ours if self.direction == "lower" else self.ours / self.theirs

    @property
    def is_whole(self) -> bool:
        """Whether both sides were measured."""
        return not (math.isnan(self.ours) or math.isnan(self.theirs))


def pairs_of(tonight: pd.DataFrame, part: Comparison, *, each: bool) -> list[Pair]:
    """A pair for each value of `per`; without one a single pair or, with `each`, one for each series of either side.

    `tonight` is the night's part of the tidy table. Two rows are compared when all parameters are equal (test, variant
    and machine, too) except those that `ours` and `theirs` name and those in `across`. Raises SubsystemError when a
    name is unknown, the metric has no direction, or no row is left.
    """
    rows = tonight[(tonight["experiment"] == part.experiment) & (tonight["metric"] == part.metric)]
    if rows.empty:
        raise SubsystemError(f"{part.experiment} measured no {part.metric!r} tonight")
    if (rows["direction"] == "neutral").any():
        raise SubsystemError(f"{part.metric!r} of {part.experiment} is neither better high nor low")
    labels = _labels_of(rows)
    named = [*part.ours, *part.theirs, *part.where, *part.across, *([part.per] if part.per else [])]
    _check_names(named, labels.columns, part.experiment)
    free = {*part.ours, *part.theirs, *part.across}
    key = [name for name in labels.columns if name not in free]
    sides = [_side(rows, labels, {**part.where, **chosen}, key) for chosen in (part.ours, part.theirs)]
    for side, chosen in zip(sides, (part.ours, part.theirs), strict=True):
        if side.empty:
            raise SubsystemError(f"{part.experiment} has no series with {words_of(chosen)}")
    both = pd.concat(sides, axis=1, keys=SIDES)
    if both.dropna().empty:
        raise SubsystemError(f"{part.experiment}: no two series of both sides are equal in {', '.join(key)}")
    unit, direction = str(rows["unit"].iloc[0]), str(rows["direction"].iloc[0])
    reduced = _each(both.reset_index(), key) if each and not part.per else _grouped(both.reset_index(), part)
    return [Pair(label, ours, theirs, unit, direction) for label, ours, theirs in reduced]


def rows_where(rows: pd.DataFrame, where: Where, experiment: str) -> pd.DataFrame:
    """The rows with these parameters; raises SubsystemError for a parameter that none has."""
    if rows.empty:
        return rows
    labels = _labels_of(rows)
    _check_names(where, labels.columns, experiment)
    chosen: pd.DataFrame = rows[_mask(labels, where)]
    return chosen


def series_labels(rows: pd.DataFrame) -> list[str]:
    """What tells each row from the others, in words."""
    labels = _labels_of(rows)
    return _labels(labels[["experiment", *(name for name in labels.columns if name != "experiment")]])


def words_of(side: Where) -> str:
    """A side in words: "torch-eager", "opt_level 3"."""
    return " ".join(
        in_words(name, " or ".join(_texts(value)[0] for value in _all(given))) for name, given in side.items()
    )


def _labels_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Labels of parameters, test, variant and machine, and of the experiment where no parameter is called so."""
    labels = labelled(rows)
    return labels if "experiment" in labels else labels.assign(experiment=rows["experiment"].astype(str))


def _side(rows: pd.DataFrame, labels: pd.DataFrame, where: Where, key: list[str]) -> pd.Series[float]:
    mask = _mask(labels, where)
    grouped = labels[mask].assign(value=rows.loc[mask, "value"]).groupby(key, sort=False)["value"]
    return grouped.agg(_reduced)


def _mask(labels: pd.DataFrame, where: Where) -> pd.Series[bool]:
    mask = pd.Series(data=True, index=labels.index)
    for name, given in where.items():
        mask &= labels[name].isin([text for value in _all(given) for text in _texts(value)])
    return mask


def _all(given: Scalar | list[Scalar]) -> list[Scalar]:
    return given if isinstance(given, list) else [given]


def _texts(value: Scalar) -> tuple[str, ...]:
    """How a value may stand among the labels: plain, or as JSON where plain texts would be ambiguous."""
    exact = json.dumps(value, ensure_ascii=False)
    return (value, exact) if isinstance(value, str) else ("" if value is None else exact,)


def _each(both: pd.DataFrame, key: list[str]) -> list[tuple[str, float, float]]:
    return list(zip(_labels(both[key]), both["ours"], both["theirs"], strict=True))


def _grouped(both: pd.DataFrame, part: Comparison) -> list[tuple[str, float, float]]:
    groups = both[part.per] if part.per else pd.Series(part.label or part.experiment, index=both.index)
    return [(str(label), *_means(both[groups == label])) for label in groups.drop_duplicates()]


def _means(group: pd.DataFrame) -> tuple[float, float]:
    """Both sides over the series that both have; over all of one side where there is none."""
    complete = group.dropna()
    chosen = group if complete.empty else complete
    return _reduced(chosen["ours"]), _reduced(chosen["theirs"])


def _reduced(values: pd.Series[float]) -> float:
    """The geometric mean, the least where one is not positive; NaN of nothing."""
    known = values.dropna()
    return geometric_mean(known) if (known > 0).all() else float(known.min())


def _labels(labels: pd.DataFrame) -> list[str]:
    varying = [name for name in labels.columns if labels[name].nunique() > 1] or list(labels.columns[:1])
    return [", ".join(filter(None, map(in_words, varying, row))) for row in labels[varying].to_numpy()]


def _check_names(names: Iterable[str], known: Iterable[str], experiment: str) -> None:
    choices = list(known)
    for name in names:
        if name not in choices:
            raise SubsystemError(f"{experiment} has no parameter {name!r}: {nearest(name, choices)}")
