"""Made-up parts of the tidy table."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

from pytest_relaybench.history.records import canonical
from pytest_relaybench.history.table import COLUMNS

NEWEST = pd.Timestamp("2026-11-22T03:00:00Z")
Value = Callable[[int, Mapping[str, Any]], float | None]


@pytest.fixture(autouse=True)
def no_warnings():
    """A picture that makes matplotlib or pandas warn is not right."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def make_frame():
    """Build rows as `Table.frame` gives them: one for each night and parameter set, `value(night, params)` in `unit`.

    The newest night is 2026-11-22; a value of None leaves the row out.
    """

    def build(params: Sequence[Mapping[str, Any]], nights: int, value: Value, **fixed: Any) -> pd.DataFrame:
        rows = [_row(NEWEST - pd.Timedelta(days=nights - 1 - night), one, value(night, one), fixed)
                for night in range(nights) for one in params if value(night, one) is not None]  # fmt: skip
        return together(pd.DataFrame(rows, columns=COLUMNS))

    return build


@pytest.fixture
def join():
    """Several frames as one, in the table's order."""
    return together


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    frame = pd.concat(frames)
    return frame.sort_values(["run_id", "experiment", "test", "params", "metric", "variant"], ignore_index=True)


def _row(moment: pd.Timestamp, params: Mapping[str, Any], value: float | None, fixed: Mapping[str, Any]) -> dict:
    row = dict.fromkeys(("mean", "median", "std", "max", "ci_low", "ci_high"), 2.0 * (value or 0))
    names = {"experiment": "exp", "test": "test_exp", "metric": "time", "unit": "s", "direction": "lower"}
    run_id = moment.strftime("%Y%m%dT%H%M%S.%fZ")
    own = {"run_id": run_id, "timestamp": moment, "params": canonical(params), "variant": "installed", "machine": "m"}
    return {**row, **names, **own, "tvm_hash": None, "n": 10, "min": value, "value": value, "derived": False, **fixed}
