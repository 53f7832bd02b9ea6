"""The series of one experiment on its newest machine, one value a night, each with its verdict."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pytest_relaybench.detect import Kind, Verdict, judge_latest
from pytest_relaybench.history.table import measured_here
from pytest_relaybench.render.format import run_time

from .long_rows import numbered
from .natural_order import natural

KEY = ["metric", "test", "params", "variant"]
POINT = ["n", "min", "median", "ci_low", "ci_high"]
OF_SERIES = [*KEY, "run_id", "unit", "direction", "derived", "tvm_hash", *POINT]
OF_VERDICT = [*KEY, "kind", "since", "seen", "level_ratio", "level_low", "level_high", "p", "reason"]
SHOWN_AFTER_LOSS = 7  # nights for which a series that is no longer measured stays in the table
STEADY = "time"  # the metric that stands for an experiment where it has one
AUTOMATIC = (
    "first_run",
    "compile",
    "peak_memory",
    "artifact_size",
)  # what nobody asked for comes after the author's own


@dataclass(frozen=True)
class Point:
    """The statistics of a series' newest night, in its unit."""

    n: int
    min: float
    median: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Series:
    """One measurement through the nights; `values` has an entry for each night of its experiment, NaN where missing."""

    metric: str
    test: str
    params: Mapping[str, Any]
    variant: str
    unit: str
    direction: str
    derived: bool
    values: NDArray[np.float64] = field(repr=False, compare=False)  # years of nights of thousands of series
    last_night: str
    point: Point
    verdict: Verdict
    reason: str = ""  # why the verdict is what it is, where the numbers alone do not tell
    tvm_hash: str | None = None  # the build that gave the newest value

    @property
    def missing(self) -> bool:
        """Whether the experiment's newest night lacks it."""
        return bool(np.isnan(self.values[-1]))

    @property
    def newest(self) -> float:
        """The newest value there is."""
        return self._last_two[-1]

    @property
    def ratio(self) -> float:
        """The newest night's value over the one before it; NaN when missing, without a predecessor, or not positive."""
        known = self._last_two
        if self.missing or len(known) < 2 or known[-1] <= 0 or known[-2] <= 0:
            return math.nan
        return known[-1] / known[-2]

    @property
    def directional(self) -> bool:
        """Whether a change of it can be good or bad."""
        return self.direction != "neutral"

    @cached_property
    def _last_two(self) -> list[float]:
        """The newest values there are, the newest last."""
        found: list[float] = self.values[np.flatnonzero(~np.isnan(self.values))[-2:]].tolist()
        return found


@dataclass(frozen=True)
class History:
    """All series of an experiment on the machine that ran it last; `nights` are run ids, oldest first."""

    nights: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    machine: str = ""
    machine_since: str = ""  # first night on this machine, when there were others before
    common: Mapping[str, Any] = field(default_factory=dict)  # parameters that all series share
    not_asked: tuple[str, ...] = ()  # variants whose series are left out: the newest night compared two others
    unexpected: int = 0  # series that the newest night lacks and nobody expected of it: left out too

    def params_of(self, series: Series) -> dict[str, Any]:
        """What tells this series' parameters from the others'."""
        return {key: value for key, value in series.params.items() if key not in self.common}

    def label(self, series: Series) -> str:
        """A short name: test, unless there is only one, and the parameters that differ."""
        parts = [param_word(name, value) for name, value in self.params_of(series).items()]
        if self.has_tests or not parts:
            parts.insert(0, short_test(series.test))
        if self.has_variants:
            parts.append(series.variant)
        return " ".join(parts)

    @cached_property
    def has_tests(self) -> bool:
        """Whether the series are of several tests; each of thousands asks it for its name."""
        return len({s.test for s in self.series}) > 1

    @cached_property
    def has_variants(self) -> bool:
        """Whether they are of several builds."""
        return len({s.variant for s in self.series}) > 1

    def by_metric(self) -> dict[str, list[Series]]:
        """Metric → its series: steady time first, then the author's metrics, derived ones, automatic ones."""
        found: dict[str, list[Series]] = {}
        for series in sorted(self.series, key=_place):
            found.setdefault(series.metric, []).append(series)
        return found


def _place(series: Series) -> tuple[Any, ...]:
    automatic = AUTOMATIC.index(series.metric) + 1 if series.metric in AUTOMATIC else 0
    values = [natural(param_text(value)) for value in series.params.values()]
    return (
        automatic,
        series.derived,
        series.metric != STEADY,
        not series.directional,
        series.metric,
        series.test,
        values,
    )


def short_test(test: str) -> str:
    """The name of a test without the prefix that every test has."""
    return test.removeprefix("test_")


def param_text(value: Any) -> str:
    """A parameter's value as people write it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def param_word(name: str, value: Any) -> str:
    """What stands for a parameter in the name of a series: a word speaks for itself, a number does not."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return f"{name}={param_text(value)}"


def history_of(frame: pd.DataFrame, compared: Collection[str] = (), verdicts: pd.DataFrame | None = None) -> History:
    """The history in an experiment's rows of the table; an empty one when there is no row.

    `compared` are the variants of a newest night that did nothing but compare them: others are then not missing.
    `verdicts` are those of the experiment's newest night, as `Verdicts.of` gives them; a series that they do not have
    is judged by its own values, and left out where that night lacks it: nobody expected it.
    """
    if frame.empty:
        return History()
    own = measured_here(frame)  # an import, however new, is no night of ours
    machine = str((frame if own.empty else own)["machine"].iloc[-1])
    here = frame[frame["machine"] == machine]
    nights, newest, values = _by_series(here)
    told = _by_key(verdicts, machine)
    lately = [
        (_series(row, nightly, nights, of_row), of_row is not None or verdicts is None)
        for row, nightly in zip(newest, values, strict=True)
        if row["run_id"] in nights[-1 - SHOWN_AFTER_LOSS :]
        for of_row in [told.get(tuple(row[column] for column in KEY))]
    ]
    asked = [(s, expected) for s, expected in lately if not compared or s.variant in compared or not s.missing]
    not_asked = sorted({s.variant for s, _ in lately} - {s.variant for s, _ in asked})
    series = tuple(s for s, expected in asked if expected or not s.missing)
    began = nights[0] if len(here) < len(frame) else ""
    return History(nights, series, machine, began, _common(series), tuple(not_asked), len(asked) - len(series))


def _by_series(rows: pd.DataFrame) -> tuple[tuple[str, ...], list[dict[str, Any]], np.ndarray]:
    """Nights, and for each series its newest row and its values, one a night; of two for one night the later stays."""
    code, runs = pd.factorize(rows["run_id"])
    nights = sorted(map(str, runs))
    place = {night: number for number, night in enumerate(nights)}
    night = np.array([place[str(run)] for run in runs])[code]
    series = numbered(rows, KEY)
    newest = np.zeros(int(series.max()) + 1, dtype=np.int64)
    newest[series] = np.arange(len(rows))
    heads = rows[OF_SERIES].iloc[newest]
    keys = list(zip(*(heads[name].tolist() for name in KEY), strict=True))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    values = np.full((len(keys), len(nights)), np.nan)
    values[series, night] = rows["value"].to_numpy(dtype=float)
    columns = [heads[name].to_numpy()[order].tolist() for name in OF_SERIES]
    return tuple(nights), [dict(zip(OF_SERIES, row, strict=True)) for row in zip(*columns, strict=True)], values[order]


def _by_key(verdicts: pd.DataFrame | None, machine: str) -> dict[Any, Mapping[str, Any]]:
    """The rows of the verdict table by what tells series apart."""
    if verdicts is None:
        return {}
    columns = (verdicts[name].tolist() for name in ("machine", *OF_VERDICT))
    rows = [dict(zip(OF_VERDICT, told, strict=True)) for own, *told in zip(*columns, strict=True) if own == machine]
    return {tuple(row[column] for column in KEY): row for row in rows}


def _verdict(told: Mapping[str, Any], nights: Sequence[str]) -> Verdict:
    """The verdict as detection gives it, with nights by their places."""
    since, seen = (nights.index(run) if run in nights else None for run in (told["since"], told["seen"]))
    interval = (told["level_low"], told["level_high"])
    return Verdict(Kind(told["kind"]), told["level_ratio"], interval, since, told["p"], seen)


def _series(
    last: Mapping[str, Any], nightly: np.ndarray, nights: Sequence[str], told: Mapping[str, Any] | None
) -> Series:
    """The series whose newest row is `last`."""
    return Series(
        metric=str(last["metric"]),
        test=str(last["test"]),
        params=params_in(last["params"]),
        variant=str(last["variant"]),
        unit=str(last["unit"]),
        direction=str(last["direction"]),
        derived=bool(last["derived"]),
        values=nightly,
        last_night=str(last["run_id"]),
        point=Point(int(last["n"]), *(float(last[name]) for name in POINT[1:])),
        verdict=_verdict(told, nights) if told else judge_latest(nightly, last["direction"]),
        reason=told["reason"] if told else "",
        tvm_hash=last["tvm_hash"] if isinstance(last["tvm_hash"], str) else None,  # else NaN
    )


def params_in(text: str) -> dict[str, Any]:
    """The parameters of a row of the table."""
    content = json.loads(text)
    return content if isinstance(content, dict) else {"": content}


def _common(series: Sequence[Series]) -> dict[str, Any]:
    first = series[0].params if len(series) > 1 else {}
    return {key: value for key, value in first.items() if all(_has(s.params, key, value) for s in series)}


def _has(params: Mapping[str, Any], key: str, value: Any) -> bool:
    return key in params and bool(params[key] == value)


def trend(series: Sequence[Series]) -> list[float]:
    """One index for many series: per night the geometric mean of value over the series' own mean, 1 in the middle.

    A series that is missing one night moves the index by no more than its own deviation.
    """
    values = np.array([s.values for s in series])
    positive = values > 0
    logs = np.log(np.where(positive, values, 1.0))
    own = _mean(logs, positive, axis=1)
    nightly = np.exp(_mean(logs - own[:, np.newaxis], positive, axis=0))
    found: list[float] = nightly.tolist()
    return found


def _mean(values: np.ndarray, counted: np.ndarray, axis: int) -> np.ndarray:
    """Of those that count; NaN where none does."""
    count = counted.sum(axis=axis)
    total = np.where(counted, values, 0.0).sum(axis=axis)
    means: np.ndarray = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return means


def night_words(nights: Sequence[str]) -> str:
    """`40 nights, 2026-10-13 to 2026-11-22`."""
    days = [f"{moment:%Y-%m-%d}" for moment in (run_time(nights[0]), run_time(nights[-1])) if moment] if nights else []
    count = f"{len(nights)} night{'s' * (len(nights) != 1)}"
    return f"{count}, {' to '.join(dict.fromkeys(days))}" if days else count
