"""Evidence from the history: tonight's verdicts, and what was measured without one."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from ..detect import Kind
from ..history.table import SERIES_COLUMNS
from ..render.format import day_text, run_time
from .evidence import Evidence, Series

NO_HISTORY = "there is no history to compare with"
TOO_LITTLE = "too little history"


def from_verdicts(frame: pd.DataFrame) -> Iterator[Evidence]:
    """A piece for each row of `Verdicts.frame`; where there was too little history, one that is not compared."""
    for row in frame.to_dict("records"):
        kind, p = Kind(row["kind"]), _number(row, "p")
        settled = kind != Kind.UNSURE or not math.isnan(p)
        base = _level_before(row)
        yield Evidence(
            series=series_of(row),
            unit=row["unit"],
            direction=row["direction"],
            source="history",
            against=_against(row),
            kind=kind,
            now=_number(row, "value"),
            base=base,
            ratio=_number(row, "level_ratio"),
            low=_number(row, "level_low"),
            high=_number(row, "level_high"),
            p=p,
            reason=_text(row, "reason") or ("" if settled else TOO_LITTLE),
            since=_text(row, "since") or None,
            is_compared=settled,
        )


def without_base(frame: pd.DataFrame, reason: str = NO_HISTORY) -> Iterator[Evidence]:
    """A piece for each row of the table, held against nothing."""
    for row in frame.to_dict("records"):
        yield Evidence(
            series=series_of(row),
            unit=row["unit"],
            direction=row["direction"],
            source="history",
            against="",
            kind=Kind.UNSURE,
            now=_number(row, "value"),
            reason=reason,
            is_compared=False,
        )


def series_of(row: Mapping[Hashable, Any]) -> Series:
    """The series of one row of a frame."""
    return Series(*(str(row[column]) for column in SERIES_COLUMNS))


def _level_before(row: Mapping[Hashable, Any]) -> float:
    """The level before the change, as the ratio of the levels tells it; without one, the run before."""
    since, ratio, value = _text(row, "since"), _number(row, "level_ratio"), _number(row, "value")
    if since and since != row["run_id"] and ratio > 0:
        return value / ratio
    return _number(row, "previous")


def _against(row: Mapping[Hashable, Any]) -> str:
    moment = run_time(_text(row, "since") or _text(row, "previous_run_id"))
    return f"before {day_text(moment)}" if _text(row, "since") else f"the run of {day_text(moment)}" if moment else ""


def _number(row: Mapping[Hashable, Any], column: str) -> float:
    value = row.get(column)
    return math.nan if value is None or pd.isna(value) else float(value)


def _text(row: Mapping[Hashable, Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None or pd.isna(value) else str(value)
