"""From times to what they mean: operations and bytes a second, and their share of what the machine can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from .cases import Case, parse_case
from .roof import Roof

DERIVED = {"rate": "FLOP/s", "bandwidth": "B/s", "peak_share": "%", "roof_share": "%"}


def rates(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for `analyze`: rate and bandwidth of each timed case, and both shares where the peak was measured.

    `peak_share` is the rate's share of the peak arithmetic. `roof_share` is its share of the roof at the case's
    intensity; operands that stay in a cache, which is faster than memory, may go through that roof.
    """
    roofs = roofs_of(table)
    return [
        {
            "metric": metric,
            "value": value,
            "unit": DERIVED[metric],
            "direction": "higher",
            "test": row.test,
            "params": row.params,
            "variant": row.variant,
        }
        for row in _rows(table[table["metric"] == "time"])
        for metric, value in _derived(parse_case(row.case), row.value, roofs.get(row.threads))
    ]


def roofs_of(table: pd.DataFrame) -> Mapping[int, Roof]:
    """Threads → the machine's roof, from the rows of one run."""
    wide = table[table["metric"].isin(["peak_flops", "peak_bandwidth"])]
    found: dict[int, dict[str, float]] = {}
    for row in _rows(wide):
        found.setdefault(row.threads, {})[row.metric] = row.value
    return {
        threads: Roof(values["peak_flops"], values["peak_bandwidth"])
        for threads, values in found.items()
        if len(values) == 2
    }


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows as objects whose fields have the types that JSON gave them, which pandas cannot know."""
    return iter(table.itertuples())


def _derived(case: Case, seconds: float, roof: Roof | None) -> Iterator[tuple[str, float]]:
    rate = case.operations / seconds
    yield "rate", rate
    yield "bandwidth", case.traffic / seconds
    if roof is not None:
        yield "peak_share", 100 * rate / roof.flops
        yield "roof_share", 100 * rate / roof.at(case.intensity)


def by_operator(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of timed cases, with `operator` and `shape` as columns in place of `case`, and the engine's own name.

    With several builds of TVM an engine's name tells its build.
    """
    rows = table[table["case"].notna()].copy() if "case" in table else table.head(0)
    cases = [parse_case(str(text)) for text in rows["case"]] if len(rows) else []
    uses_tvm = rows["tvm_hash"].notna()
    if rows.loc[uses_tvm, "variant"].nunique() > 1:
        rows.loc[uses_tvm, "engine"] = rows["engine"].astype(str) + " " + rows["variant"].astype(str)
    return rows.assign(operator=[case.operator for case in cases], shape=[case.shape for case in cases])
