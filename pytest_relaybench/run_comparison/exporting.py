"""A comparison for other programs: JSON with everything, CSV with a row a series."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..history.table import SERIES_COLUMNS
from ..incidents.naming import series_name
from ..render.csv_cells import without_formulas
from .asking import Told
from .comparing import COMPARED_COLUMNS
from .matching import Measured

SCHEMA = 1


def comparison_json(comparisons: Sequence[Told]) -> str:
    """`{"schema": 1, "comparisons": [{base, candidate, series, means, only_in_base, only_in_candidate, remarks}]}`.

    A row's keys are COMPARED_COLUMNS; `params` are objects, and what is unknown is null.
    """
    content = {"schema": SCHEMA, "comparisons": [_comparison(told) for told in comparisons]}
    return json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def comparison_csv(comparisons: Sequence[Told]) -> str:
    """A row for each series of each comparison: the two sides, then COMPARED_COLUMNS; no cell is a formula."""
    frames = [told.shown.assign(base_side=told.base, candidate_side=told.candidate) for told in comparisons]
    columns = ["base_side", "candidate_side", *COMPARED_COLUMNS]
    rows = pd.concat(frames, ignore_index=True)[columns]
    return without_formulas(rows).to_csv(index=False, lineterminator="\n")


def _comparison(told: Told) -> dict[str, Any]:
    return {
        "base": told.base,
        "candidate": told.candidate,
        "series": [_with_params(row) for row in _rows(told.shown)],
        "means": _rows(told.compared.means),
        "only_in_base": [_only(one) for one in told.compared.only_base],
        "only_in_candidate": [_only(one) for one in told.compared.only_candidate],
        "remarks": [*told.before, *told.after],
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows with every digit; `to_json` of a frame rounds to places after the point, which spoils nanoseconds."""
    return [{str(name): _known(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def _with_params(row: dict[str, Any]) -> dict[str, Any]:
    parsed = {key: json.loads(row[key]) for key in ("params", "base_params")}
    return {**row, **parsed}


def _only(one: Measured) -> dict[str, Any]:
    series = dict(zip(SERIES_COLUMNS, one.series, strict=True))
    return {"name": series_name(one.series), **series, "params": json.loads(one.series[2]), "value": one.values[-1]}
