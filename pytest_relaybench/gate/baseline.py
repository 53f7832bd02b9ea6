"""A baseline: the level of each series in one file, for machines that keep no history of their own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ..detect import Kind, find_change_points
from ..detect.student import student_quantile
from ..errors import ConfigError, Fault
from ..files import json_object, write_json
from ..history.records import Direction, canonical
from ..history.table import SERIES_COLUMNS
from ..reading import read_config
from ..render.format import day_text, parse_time
from ..strict_model import StrictModel
from .evidence import Evidence, Series, Spread
from .nightly import series_of

SCHEMA: Literal[1] = 1
RUNS = 10  # newest ones that a level and its spread are taken from
FEWEST_RUNS = 3  # below, nothing is known of how runs differ
MARGIN_PERCENT = 1.0  # beyond the interval
BLIND_PERCENT = 10.0  # where it is not: repeated runs of one program differed by up to this (DESIGN, section 5)
NOT_IN_IT = "not in the baseline"
SCHEMA_KEY = "relaybench_baseline"


class BaselineSeries(StrictModel):
    """One series: `value` is the median of its runs, `spread` the standard deviation of their logs, null if unknown."""

    experiment: str
    test: str
    params: dict[str, Any]
    metric: str
    variant: str
    unit: str
    direction: Direction
    value: float
    spread: float | None = Field(default=None, ge=0)
    n_runs: int = Field(ge=1)
    tvm_hash: str | None = None
    deterministic: bool = False


class Baseline(StrictModel):
    """The file: whose numbers, when, and one entry a series."""

    relaybench_baseline: Literal[1]  # the schema
    created: str
    run_id: str
    machine: str
    cpu_model: str = ""
    series: list[BaselineSeries]

    @field_validator("created")
    @classmethod
    def _a_time(cls, created: str) -> str:
        if parse_time(created) is None:
            raise ValueError("should be a time as in 2026-11-20T03:00:00+00:00")
        return created

    @field_validator("series")
    @classmethod
    def _each_series_once(cls, series: list[BaselineSeries]) -> list[BaselineSeries]:
        keys = [_key(entry) for entry in series]
        repeated = next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None
        if repeated is not None:
            raise ValueError(f"the series {' '.join(repeated)} stands here more than once")
        return series


def read_baseline(path: Path) -> Baseline:
    """The baseline in the file; raises ConfigError with every fault, one line each."""
    number = (json_object(path) or {}).get(SCHEMA_KEY, SCHEMA)
    if isinstance(number, int) and number > SCHEMA:
        told = f"schema {number} is of a later version of pytest-relaybench, this one reads up to {SCHEMA}"
        raise ConfigError([Fault(str(path), SCHEMA_KEY, "", told)])
    return read_config(path, Baseline, mandatory=(SCHEMA_KEY,))


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write it atomically, series in the order of their names, so that two files can be compared by eye."""
    content = baseline.model_dump(mode="json", by_alias=True)
    content["series"] = [
        {key: value for key, value in entry.items() if value is not None and value is not False}
        for entry in sorted(content["series"], key=lambda entry: [canonical({"": entry[name]}) for name in NAMES])
    ]
    write_json(path, content)


NAMES = ("experiment", "test", "params", "metric", "variant")


def make_baseline(  # noqa: PLR0913 - whose numbers they are
    frame: pd.DataFrame, *, run_id: str, machine: str, created: str, runs: int = RUNS, cpu_model: str = ""
) -> Baseline:
    """The levels of the series that the run `run_id` measured on a machine, from at most `runs` runs up to it.

    `frame` is the tidy table. Of these runs only those after the series' last change count, so that an old level does
    not speak for the new one.
    """
    past = frame[(frame["run_id"] <= run_id) & (frame["machine"] == machine) & frame["value"].notna()]
    tonight = past.loc[past["run_id"] == run_id, SERIES_COLUMNS].drop_duplicates()
    rows = past.merge(tonight, on=SERIES_COLUMNS).sort_values("run_id", kind="stable")
    groups = rows.groupby(SERIES_COLUMNS, sort=False, dropna=False)
    return Baseline(
        relaybench_baseline=SCHEMA,
        created=created,
        run_id=run_id,
        machine=machine,
        cpu_model=cpu_model,
        series=[_series(group.drop_duplicates("run_id", keep="last"), runs) for _, group in groups],
    )


def _series(rows: pd.DataFrame, runs: int) -> BaselineSeries:
    newest = rows.iloc[-1]
    values = rows["value"].to_numpy(dtype=float)
    changes = find_change_points(values)
    values = values[changes[-1].index if changes else 0 :][-runs:]
    exact = bool(newest.get("deterministic", False))
    known = not exact and len(values) >= FEWEST_RUNS and bool((values > 0).all())
    name = series_of(newest.to_dict())
    return BaselineSeries(
        **{key: getattr(name, key) for key in ("experiment", "test", "metric", "variant")},
        params=json.loads(name.params),
        unit=newest["unit"],
        direction=newest["direction"],
        value=float(newest["value"]) if exact else float(np.median(values)),
        spread=float(np.log(values).std(ddof=1)) if known else None,
        n_runs=len(values),
        tvm_hash=None if pd.isna(newest["tvm_hash"]) else str(newest["tvm_hash"]),
        deterministic=exact,
    )


def against_baseline(
    frame: pd.DataFrame, baseline: Baseline, *, name: str, confidence_of: Mapping[str, float], ran: Sequence[str] = ()
) -> Iterator[Evidence]:
    """A piece for each row of tonight's table, then for each series that the baseline has and tonight has not.

    `name` is what the baseline is called, `ran` the experiments that ran to their end: only what one of them did not
    measure is missing.
    """
    known = {_key(entry): entry for entry in baseline.series}
    told = f"{name} of {day_text(parse_time(baseline.created))}"
    measured = set()
    machine = ""
    for row in frame.to_dict("records"):
        series = series_of(row)
        machine = series.machine
        key = series[:5]
        measured.add(key)
        confidence = confidence_of.get(series.experiment, 0.95)
        yield _evidence(series, float(row["value"]), row, known.get(key), told, confidence)
    for key, entry in known.items():
        if key not in measured and entry.experiment in ran:
            yield _missing(Series(*key, machine), entry, told)


def _evidence(  # noqa: PLR0913, PLR0917 - what was measured, and what it is held against
    series: Series, now: float, row: Mapping[Any, Any], entry: BaselineSeries | None, told: str, confidence: float
) -> Evidence:
    fixed: dict[str, Any] = {"series": series, "unit": row["unit"], "direction": row["direction"]}
    fixed |= {"source": "baseline", "against": told, "now": now}
    if entry is None:
        return Evidence(**fixed, kind=Kind.UNSURE, reason=NOT_IN_IT, is_compared=False)
    if entry.unit != row["unit"]:
        why = f"in {entry.unit} in the baseline, now in {row['unit']}"
        return Evidence(**fixed, kind=Kind.UNSURE, reason=why, is_compared=False)
    ratio = now / entry.value if now > 0 and entry.value > 0 else math.nan
    spread = _spread(entry)
    low, high = _interval(ratio, spread, confidence)
    return Evidence(
        **fixed,
        base=entry.value,
        kind=Kind.SAME if low <= 1 <= high else _kind(now, entry),
        ratio=ratio,
        low=low,
        high=high,
        spread=spread,
        usual_percent=0.0 if entry.deterministic else MARGIN_PERCENT if spread else BLIND_PERCENT,
    )


def _missing(series: Series, entry: BaselineSeries, told: str) -> Evidence:
    return Evidence(
        series, entry.unit, entry.direction, "baseline", told, Kind.MISSING, math.nan, entry.value,
        reason="in the baseline, not measured now",
    )  # fmt: skip


def _kind(now: float, entry: BaselineSeries) -> Kind:
    """Which way it went; how far is for the tolerance to say. What is not noisy is the same or it is not."""
    if now == entry.value:
        return Kind.SAME
    if entry.direction == "neutral":
        return Kind.UNSURE
    return Kind.SLOWER if (now > entry.value) == (entry.direction == "lower") else Kind.FASTER


def _spread(entry: BaselineSeries) -> Spread | None:
    """Of one new run around the level of `n_runs`: Hahn and Meeker, Statistical Intervals, 1991, section 4.2."""
    if entry.spread is None or entry.n_runs < FEWEST_RUNS:
        return None
    return Spread(entry.spread * math.sqrt(1 + 1 / entry.n_runs), entry.n_runs - 1)


def _interval(ratio: float, spread: Spread | None, confidence: float) -> tuple[float, float]:
    if spread is None or math.isnan(ratio):
        return math.nan, math.nan
    reach = math.exp(student_quantile((1 - confidence) / 2, spread.df) * spread.error)
    return ratio / reach, ratio * reach


def _key(entry: BaselineSeries) -> tuple[str, str, str, str, str]:
    return entry.experiment, entry.test, canonical(entry.params), entry.metric, entry.variant
