"""From rows to series: parameters as columns, and each series' newest value beside the one before."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from ..history.table import COLUMNS
from .graphs import ALWAYS_THERE
from .known_values import in_order

ABSENT = ""  # label of a parameter that a test does not have


def expand_params(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column for each parameter, holding what JSON holds; None where a test does not have it.

    A parameter whose name is a column of the table already becomes `param.NAME`. Order: as they stand in `params`.
    """
    texts = frame["params"].drop_duplicates()
    parsed = {text: json.loads(text) for text in texts}
    names = dict.fromkeys(name for values in parsed.values() for name in values)
    columns = {
        column_of(name): pd.Series(
            [parsed[text].get(name) for text in frame["params"]], index=frame.index, dtype=object
        )
        for name in names
    }
    return frame.assign(**columns)


def column_of(name: str) -> str:
    """The column that `expand_params` gives to a parameter."""
    return f"param.{name}" if name in COLUMNS else name


def dimensions(frame: pd.DataFrame) -> dict[str, list[str]]:
    """What tells the rows apart: parameter → its values as text; `test`, `variant`, `machine` where they differ.

    Numbers ascend, engines stand in their order (`known_values`), everything else keeps that of its first row.
    """
    labels = labelled(frame)
    found = {name: _ordered(labels[name]) for name in labels.columns}
    return {name: values for name, values in found.items() if name not in ALWAYS_THERE or len(values) > 1}


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """A column of texts for each parameter, and `test`, `variant`, `machine` (where no parameter has that name)."""
    expanded = expand_params(frame)
    names = dict.fromkeys(name for text in frame["params"].drop_duplicates() for name in json.loads(text))
    fixed = {name: frame[name].astype(str) for name in ALWAYS_THERE if name not in names}
    if "variant" in fixed:
        fixed["variant"] = _builds(frame)
    return pd.DataFrame({**{name: _texts(expanded[column_of(name)]) for name in names}, **fixed}, index=frame.index)


def _builds(frame: pd.DataFrame) -> pd.Series[str]:
    """The builds' names; where there is only one, also for rows that used none: it tells nothing apart."""
    uses_one = frame["tvm_hash"].notna()
    used, other = (frame.loc[rows, "variant"].unique() for rows in (uses_one, ~uses_one))
    only = str(used[0]) if len(used) == len(other) == 1 else None
    return frame["variant"].astype(str) if only is None else pd.Series(only, index=frame.index)


def _texts(values: pd.Series[Any]) -> pd.Series[str]:
    """Strings in one line and everything else as JSON; all as JSON where two values would read alike."""
    exact = values.map(lambda value: ABSENT if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False))
    words = values.map(lambda value: " ".join(value.split()) if isinstance(value, str) else None)
    plain = words.where(words.notna(), exact)
    return exact if plain.nunique() < exact.nunique() else plain


def _ordered(labels: pd.Series[str]) -> list[str]:
    values = [str(value) for value in labels.drop_duplicates()]
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
    return [values[i] for i in np.argsort(numbers, kind="stable")] if numbers.notna().all() else in_order(values)


def main_metric(frame: pd.DataFrame) -> str:
    """The metric that stands for an experiment: `time` where it is measured, else the table's first."""
    metrics = [str(metric) for metric in frame["metric"].drop_duplicates()]
    return "time" if "time" in metrics or not metrics else metrics[0]
