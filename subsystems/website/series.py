"""The series of one experiment on its newest machine, one value a night, each with its verdict."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pytest_relaybench.detect import Kind, Verdict, judge_latest
from pytest_relaybench.render.format import run_time
from pytest_relaybench.render.means import geometric_mean

KEY = ["metric", "test", "params", "variant"]
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
    values: tuple[float, ...]
    last_night: str
    point: Point
    verdict: Verdict
    reason: str = ""  # why the verdict is what it is, where the numbers alone do not tell

    @property
    def missing(self) -> bool:
        """Whether the experiment's newest night lacks it."""
        return math.isnan(self.values[-1])

    @property
    def newest(self) -> float:
        """The newest value there is."""
        return self._known()[-1]

    @property
    def ratio(self) -> float:
        """The newest night's value over the one before it; NaN when missing, without a predecessor, or not positive."""
        known = self._known()
        if self.missing or len(known) < 2 or known[-1] <= 0 or known[-2] <= 0:
            return math.nan
        return known[-1] / known[-2]

    @property
    def directional(self) -> bool:
        """Whether a change of it can be good or bad."""
        return self.direction != "neutral"

    def _known(self) -> list[float]:
        return [value for value in self.values if not math.isnan(value)]


@dataclass(frozen=True)
class History:
    """All series of an experiment on the machine that ran it last; `nights` are run ids, oldest first."""

    nights: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    machine: str = ""
    machine_since: str = ""  # first night on this machine, when there were others before
    common: Mapping[str, Any] = field(default_factory=dict)  # parameters that all series share
    not_asked: tuple[str, ...] = ()  # variants whose series are left out: the newest night compared two others

    def params_of(self, series: Series) -> dict[str, Any]:
        """What tells this series' parameters from the others'."""
        return {key: value for key, value in series.params.items() if key not in self.common}

    def label(self, series: Series) -> str:
        """A short name: test, unless there is only one, and the parameters that differ."""
        parts = [param_text(value) for value in self.params_of(series).values()]
        if len({s.test for s in self.series}) > 1 or not parts:
            parts.insert(0, short_test(series.test))
        if len({s.variant for s in self.series}) > 1:
            parts.append(series.variant)
        return " ".join(parts)

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


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key to sort by as people count: 64 before 1024, O2 before O10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"([0-9]+)", text) if part]


def short_test(test: str) -> str:
    """The name of a test without the prefix that every test has."""
    return test.removeprefix("test_")


def param_text(value: Any) -> str:
    """A parameter's value as people write it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def history_of(frame: pd.DataFrame, compared: Collection[str] = (), verdicts: pd.DataFrame | None = None) -> History:
    """The history in an experiment's rows of the table; an empty one when there is no row.

    `compared` are the variants of a newest night that did nothing but compare them: others are then not missing.
    `verdicts` are those of the experiment's newest night, as `Verdicts.of` gives them; a series that they do not have
    is judged by its own values, and one that nobody expected that night is not shown as missing.
    """
    if frame.empty:
        return History()
    machine = str(frame["machine"].iloc[-1])
    here = frame[frame["machine"] == machine]
    nights = tuple(sorted(here["run_id"].unique()))
    groups = here.groupby(KEY, sort=True, dropna=False)
    told = _by_key(verdicts, machine)
    shown = [_series(rows, nights, told.get(key)) for key, rows in groups if _still_shown(rows, nights)]
    series = tuple(s for s in shown if not compared or s.variant in compared or not s.missing)
    not_asked = sorted({s.variant for s in shown} - {s.variant for s in series})
    moved = len(here) < len(frame)
    return History(nights, series, machine, nights[0] if moved else "", _common(series), tuple(not_asked))


def _still_shown(rows: pd.DataFrame, nights: Sequence[str]) -> bool:
    return str(rows["run_id"].iloc[-1]) in nights[-1 - SHOWN_AFTER_LOSS :]


def _by_key(verdicts: pd.DataFrame | None, machine: str) -> dict[Any, Mapping[Hashable, Any]]:
    """The rows of the verdict table by what tells series apart."""
    if verdicts is None:
        return {}
    rows = verdicts[verdicts["machine"] == machine].to_dict("records")
    return {tuple(row[column] for column in KEY): row for row in rows}


def _verdict(told: Mapping[Hashable, Any], nights: Sequence[str]) -> Verdict:
    """The verdict as detection gives it, with nights by their places."""
    since, seen = (nights.index(run) if run in nights else None for run in (told["since"], told["seen"]))
    interval = (told["level_low"], told["level_high"])
    return Verdict(Kind(told["kind"]), told["level_ratio"], interval, since, told["p"], seen)


def _series(rows: pd.DataFrame, nights: Sequence[str], told: Mapping[Hashable, Any] | None) -> Series:
    last = rows.iloc[-1]
    by_night = dict(zip(rows["run_id"], rows["value"], strict=True))
    values = tuple(float(by_night.get(night, math.nan)) for night in nights)
    return Series(
        metric=str(last["metric"]),
        test=str(last["test"]),
        params=_params(last["params"]),
        variant=str(last["variant"]),
        unit=str(last["unit"]),
        direction=str(last["direction"]),
        derived=bool(last["derived"]),
        values=values,
        last_night=str(last["run_id"]),
        point=Point(int(last["n"]), *(float(last[name]) for name in ("min", "median", "ci_low", "ci_high"))),
        verdict=_verdict(told, nights) if told else judge_latest(values, last["direction"]),
        reason=told["reason"] if told else "",
    )


def _params(text: str) -> dict[str, Any]:
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
    means = [geometric_mean(s.values) for s in series]
    return [
        geometric_mean([value / mean for value, mean in zip(night, means, strict=True)])
        for night in zip(*(s.values for s in series), strict=True)
    ]


def night_words(nights: Sequence[str]) -> str:
    """`40 nights, 2026-10-13 to 2026-11-22`."""
    days = [f"{moment:%Y-%m-%d}" for moment in (run_time(nights[0]), run_time(nights[-1])) if moment] if nights else []
    count = f"{len(nights)} night{'s' * (len(nights) != 1)}"
    return f"{count}, {' to '.join(dict.fromkeys(days))}" if days else count


def is_worse(kind: Kind) -> bool:
    """Whether somebody should look."""
    return kind in (Kind.SLOWER, Kind.MISSING, Kind.BROKEN)
