"""Which series of an experiment became slower or faster, in a line each."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pytest_relaybench.detect import Kind
from pytest_relaybench.render.format import change_text, day_text, run_time
from pytest_relaybench.render.series import dimensions, labelled, main_metric


@dataclass(frozen=True)
class Verdicts:
    """A line for each series that changed, the largest change first."""

    regressions: Sequence[str] = ()
    improvements: Sequence[str] = ()


NO_VERDICTS = Verdicts()


def verdicts_of(changes: pd.DataFrame) -> Verdicts:
    """The verdicts on one experiment's series in this run, as the night's `Verdicts.of` gives them."""
    if changes.empty:
        return NO_VERDICTS
    names = _names(changes)
    return Verdicts(_lines(changes, names, Kind.SLOWER), _lines(changes, names, Kind.FASTER))


def _names(changes: pd.DataFrame) -> pd.Series[str]:
    """What tells a series apart from the others: its parameters where they vary, and its metric."""
    labels, main = labelled(changes), main_metric(changes)
    varying = [name for name, values in dimensions(changes).items() if len(values) > 1]
    words = pd.DataFrame({name: labels[name] for name in varying}, index=changes.index)
    words["metric"] = changes["metric"].where((changes["metric"] != main) | (not varying), "")
    return words.apply(lambda row: " ".join(filter(None, row)), axis=1)


def _lines(changes: pd.DataFrame, names: pd.Series[str], kind: Kind) -> list[str]:
    found = changes[changes["kind"] == kind]
    rows: list[tuple[str, Mapping[Hashable, Any]]] = list(
        zip(names[found.index], found.to_dict("records"), strict=True)
    )
    rows.sort(key=lambda row: -_size(row[1]["level_ratio"]))
    return [f"{name}: {_amount(row)}" for name, row in rows]


def _size(ratio: float) -> float:
    return abs(math.log(ratio)) if ratio > 0 else 0.0


def _amount(row: Mapping[Hashable, Any]) -> str:
    """As in "+8.1 % [+6.9 %, +9.2 %] since 2026-11-14"."""
    words = [change_text(row["level_ratio"])] if math.isfinite(row["level_ratio"]) else [str(row["kind"])]
    if math.isfinite(row["level_low"]) and math.isfinite(row["level_high"]):
        words.append(f"[{change_text(row['level_low'])}, {change_text(row['level_high'])}]")
    if row["since"]:
        words.append(f"since {day_text(run_time(row['since']))}")
    return " ".join(words)
