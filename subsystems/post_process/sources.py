"""Tonight's times of the experiments that a figure is made of, and ways to word them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.history.records import canonical

METRIC = "time"
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Sources:
    """The experiments that ran, and the way to their rows."""

    dashboard: Dashboard
    experiments: tuple[str, ...]

    def times(self, experiment: str) -> pd.DataFrame:
        """The rows of tonight's steady times; raises RelaybenchError when there is none."""
        rows = self.dashboard.table.frame(experiment=experiment, run_id=self.dashboard.run_id, metric=METRIC)
        if rows.empty:
            raise RelaybenchError(f"{experiment} has measured no {METRIC}")
        return rows


def params_of(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The parameters of each row."""
    return [json.loads(text) for text in rows["params"]]


def with_params(rows: pd.DataFrame, change: Callable[[Params], Params]) -> pd.DataFrame:
    """The rows with other parameters, for words that a reader of the figure knows."""
    return rows.assign(params=[canonical(change(params)) for params in params_of(rows)])


def where(rows: pd.DataFrame, holds: Callable[[Params], bool]) -> pd.DataFrame:
    """The rows whose parameters are so."""
    return rows.loc[[holds(params) for params in params_of(rows)]]


def first_measured(rows: pd.DataFrame, engines: Sequence[str]) -> str:
    """The first of these engines that the rows have; raises RelaybenchError when there is none."""
    there = {params.get("engine") for params in params_of(rows)}
    found = next((engine for engine in engines if engine in there), None)
    if found is None:
        raise RelaybenchError(f"none of our engines was measured ({', '.join(engines)})")
    return found
