"""What measuring again says of tonight's suspects."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from ..detect import Kind
from ..history.table import SERIES_COLUMNS
from .levels import Confirmed
from .night_matrix import Key
from .verdicts import ABSENT, CONFIRMED, NOT_CONFIRMED

SIDE_BY_SIDE = "side by side"
SAME_LIBRARIES = "same_libraries"  # a column while a night is judged: the record's versions are those of before
ASIDE = "aside"  # a column while a night is judged: both builds were measured tonight, on one machine
CHANGED = frozenset({Kind.SLOWER, Kind.FASTER})


def confirmed_changes(confirmations: pd.DataFrame) -> Mapping[Key, Sequence[Confirmed]]:
    """Series → the changes of it that were confirmed, of all nights."""
    found = defaultdict(list)
    for row in confirmations[confirmations["outcome"] == CONFIRMED].to_dict("records"):
        if row["ratio"] and row["ratio"] > 0 and row["kind"] in CHANGED:
            key = tuple(str(row[column]) for column in SERIES_COLUMNS)
            found[key].append(Confirmed(str(row["run_id"]), math.log(row["ratio"])))
    return found


def apply(frame: pd.DataFrame, confirmations: pd.DataFrame, run_id: str) -> None:
    """Let what was measured again overrule the verdicts from nights, for as long as they stand; in place.

    A change is confirmed, too, when it was measured again some nights after it began.
    """
    place = {tuple(key): index for index, *key in frame[SERIES_COLUMNS].itertuples(name=None)}
    for told in confirmations[confirmations["run_id"] <= run_id].to_dict("records"):
        index = place.get(tuple(str(told[column]) for column in SERIES_COLUMNS))
        if index is None or frame.loc[index, "kind"] in ABSENT:
            continue
        row = frame.loc[index]
        is_news = told["run_id"] == run_id
        stands = row["since"] is not None and row["since"] <= told["run_id"] and row["kind"] == told["kind"]
        if is_news or (stands and told["outcome"] == CONFIRMED):
            for column, value in (_news(row, told) if is_news else _confirmed(row, told)).items():
                frame.loc[index, column] = value


def _confirmed(row: Mapping[Hashable, Any] | pd.Series, told: Mapping[Hashable, Any]) -> dict[str, Any]:
    """The columns that a confirmed change has, by name."""
    by, same_build = _percent(told["ratio"]), row["hash_before"] == row["hash_after"] and row[SAME_LIBRARIES]
    if told["method"] != SIDE_BY_SIDE and same_build:
        reason = f"measured again, {by}, with the same build as before: machine or input"
        return {"kind": str(Kind.MACHINE), "reason": reason}
    when = {SIDE_BY_SIDE: "side by side with the build before", None: "again"}.get(told["method"], "in fresh processes")
    aside = told["method"] == SIDE_BY_SIDE
    reason = f"measured {when}: {by}"
    return {"kind": told["kind"], "confirmed": CONFIRMED, "reason": reason, "p": math.nan, ASIDE: aside}


def _news(row: Mapping[Hashable, Any] | pd.Series, told: Mapping[Hashable, Any]) -> dict[str, Any]:
    """The columns that tonight's second measurement changes, by name."""
    outcome, by = told["outcome"], _percent(told["ratio"])
    if outcome == CONFIRMED:
        began = _began(row, told)
        return {**began, **_confirmed(row, told)}
    if outcome != NOT_CONFIRMED:
        return {"reason": _joined(row["reason"], f"could not be measured again: {told['message'] or outcome}")}
    if row["kind"] in CHANGED and told["method"] == SIDE_BY_SIDE and told["kind"] == Kind.SAME:
        reason = f"side by side the builds are the same ({by}): machine or input"
        return {"kind": str(Kind.MACHINE), "confirmed": NOT_CONFIRMED, "reason": reason}
    kind = {"kind": str(Kind.UNSURE)} if row["kind"] in CHANGED else {}
    was = _percent(row["ratio"])
    return {**kind, "confirmed": NOT_CONFIRMED, "reason": f"not confirmed: {was} tonight, {by} when measured again"}


def _began(row: Mapping[Hashable, Any] | pd.Series, told: Mapping[Hashable, Any]) -> dict[str, Any]:
    """A change that only measuring again has found began tonight, and is as large as that says."""
    if row["since"] and row["since"] != told["run_id"] and row["kind"] == told["kind"]:
        return {}
    tonight = {"since": told["run_id"], "seen": told["run_id"]}
    return {**tonight, "level_ratio": told["ratio"], "level_low": told["ci_low"], "level_high": told["ci_high"]}


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))


def _percent(ratio: Any) -> str:
    return f"{100 * (ratio - 1):+.1f} %".replace("-", "\u2212") if ratio and math.isfinite(ratio) else "no ratio"
