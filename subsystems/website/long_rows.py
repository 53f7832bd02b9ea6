"""An experiment's rows of the table over all years, in as little memory as it takes: each text is held once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pytest_relaybench.history.table import Table

TEXTS = frozenset({
    "run_id", "experiment", "test", "params", "metric", "unit", "direction", "variant", "tvm_hash", "machine",
})  # fmt: skip


def long_rows(
    table: Table, experiment: str, columns: Sequence[str], beginnings: Iterable[str], first_run: str = ""
) -> pd.DataFrame:
    """These columns from one run on, by run; texts are categories, in their order.

    `beginnings` are those of ids of runs, between which there are as many rows as fit into memory: years.
    """
    bounds = [first_run, *sorted(beginning for beginning in {*beginnings} if beginning > first_run), ""]
    texts = [name for name in columns if name in TEXTS]
    pieces = [
        table.frame(experiment=experiment, first_run=first, before_run=end, columns=columns).astype(
            dict.fromkeys(texts, "category")
        )
        for first, end in pairwise(bounds)
    ]
    known = [piece for piece in pieces if len(piece)] or pieces[:1]
    return pd.DataFrame({name: _together([piece[name] for piece in known]) for name in columns})


def _together(parts: list[pd.Series]) -> Any:
    if parts[0].name in TEXTS:
        return pd.api.types.union_categoricals(parts, sort_categories=True)
    return pd.concat(parts, ignore_index=True)


def numbered(rows: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.int64]:
    """Equal numbers for rows that are equal in these columns, from 0 in the order in which they come."""
    found = np.zeros(len(rows), dtype=np.int64)
    for name in columns:
        codes, known = pd.factorize(rows[name])
        found = pd.factorize(found * (len(known) + 1) + codes + 1)[0].astype(np.int64)
    return found
