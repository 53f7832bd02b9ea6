"""Values as multiples of another that was measured beside them: one engine's of another's, a level's of level 0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..errors import RelaybenchError
from ..history.records import canonical
from ..history.table import SERIES_COLUMNS
from .graphs import ALWAYS_THERE

RATIO_UNIT = "×"
_MATCHED = [*(name for name in SERIES_COLUMNS if name not in ("params", "variant")), "run_id"]
_OF_REFERENCE = ["value", "variant", "tvm_hash"]


class NothingToCompareError(RelaybenchError):
    """What values are to be compared with was not measured beside any of them."""


def relative(frame: pd.DataFrame, reference: Mapping[str, Any], *, speedup: bool = False) -> pd.DataFrame:
    """The rows of one metric with `value` as a multiple of the reference's, in unit "×"; the reference's rows go.

    `reference` names parameters (or `test`, `variant`, `machine`) and the values that make a row a reference, as in
    `{"engine": "relax"}`. A row's own reference is the one that is equal in everything else. The quotient is value over
    reference and keeps its direction; with `speedup` it says how many times better than the reference the row is, so
    that higher is better. Rows without a reference are left out, and those where either value is not positive.

    Raises RelaybenchError for a name that no row has.
    """
    given = {text: json.loads(text) for text in frame["params"].drop_duplicates()}
    columns = {name: _column(frame, name, given) for name in reference}
    is_reference = pd.Series(data=True, index=frame.index)
    for name, column in columns.items():
        is_reference &= column.map(lambda value, wanted=reference[name]: bool(value == wanted))
    keyed = frame.assign(key=_keys(frame, set(reference), given))
    pairs = keyed[~is_reference].merge(
        keyed.loc[is_reference, ["key", *_OF_REFERENCE]], on="key", suffixes=("", "_ref")
    )
    if "variant" not in reference:
        pairs = _of_one_build(pairs)
    pairs = pairs[(pairs["value"] > 0) & (pairs["value_ref"] > 0)]
    ratio = pairs["value"] / pairs["value_ref"]
    inverted = speedup and not (pairs["direction"] == "higher").all()
    told = pairs.assign(value=1 / ratio if inverted else ratio, unit=RATIO_UNIT)
    if speedup:
        told = told.assign(direction="higher")
    return told[list(frame.columns)].reset_index(drop=True)


def _of_one_build(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs on the same build; what used none goes with every build, and is told apart by its partner's."""
    free = pairs["tvm_hash"].isna() & pairs["tvm_hash_ref"].notna()
    free_reference = pairs["tvm_hash"].notna() & pairs["tvm_hash_ref"].isna()
    together = pairs[free | free_reference | (pairs["variant"] == pairs["variant_ref"])]
    return together.assign(variant=together["variant"].where(~free, together["variant_ref"]))


def _column(frame: pd.DataFrame, name: str, given: Mapping[str, Mapping[str, Any]]) -> pd.Series[Any]:
    """The values of a parameter, or of a column that always tells rows apart."""
    if any(name in params for params in given.values()):
        return pd.Series([given[text].get(name) for text in frame["params"]], index=frame.index, dtype=object)
    if name not in ALWAYS_THERE:
        raise RelaybenchError(f"no such parameter to compare with (found {name!r})")
    return frame[name]


def _keys(frame: pd.DataFrame, left_out: set[str], given: Mapping[str, Mapping[str, Any]]) -> pd.Series[str]:
    """What a row shares with its reference: everything that tells rows apart but what the reference names."""
    rest = {
        text: canonical({name: value for name, value in params.items() if name not in left_out})
        for text, params in given.items()
    }
    columns = frame[[name for name in _MATCHED if name not in left_out]].astype(str)
    return frame["params"].map(rest).str.cat(columns, sep="\x1f")
