"""From rows of the table to what one picture shows: values by row and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from ..errors import RelaybenchError
from .graphs import Parameters


@dataclass(frozen=True)
class Grid:
    """Values in `unit`, a line for each of `rows` (groups, or runs) and a column for each of `hues`; NaN is a gap."""

    values: np.ndarray
    rows: list[str]
    hues: list[str]
    unit: str
    direction: str


def rows_of_metric(frame: pd.DataFrame, metric: str, name: str) -> pd.DataFrame:
    """The rows that a graph of `metric` is about.

    Raises RelaybenchError when there is none, or when they are not all in one unit.
    """
    rows = frame[(frame["metric"] == metric) & frame["value"].notna()]
    if rows.empty:
        known = ", ".join(map(str, frame["metric"].drop_duplicates())) or "none"
        raise RelaybenchError(
            f"{name}: nothing to draw, no test has a value of {metric!r} (metrics with values: {known})"
        )
    units = [str(unit) for unit in rows["unit"].drop_duplicates()]
    if len(units) > 1:
        raise RelaybenchError(f"{name}: values of {metric!r} on one axis need one unit (found {', '.join(units)})")
    return rows.reset_index(drop=True)


def split(
    labels: pd.DataFrame, per: Sequence[str], parameters: Parameters
) -> Iterator[tuple[tuple[str, ...], pd.Series[bool]]]:
    """For each picture, in the parameters' order: in words what it is for, and which rows it shows."""
    everything = pd.Series(data=True, index=labels.index)
    for wanted in product(*(present(labels, name, parameters) for name in per)):
        chosen = everything.copy()
        for name, label in zip(per, wanted, strict=True):
            chosen &= labels[name] == label
        if chosen.any():
            yield tuple(map(in_words, per, wanted)), chosen


def in_words(name: str, label: str) -> str:
    """A parameter's value where its name is not beside it: "cpu", but "batch_size 16"."""
    speaks = label[:1].isalpha() and label not in ("true", "false")
    return label if speaks else f"{name} {label}" if label else f"no {name}"


def present(labels: pd.DataFrame, name: str | None, parameters: Parameters) -> list[str]:
    """The values of a parameter that occur in these rows, in the parameter's order; a single nameless one for None."""
    if name is None:
        return [""]
    here = set(labels[name])
    return [value for value in parameters[name] if value in here] if name in parameters else sorted(here)


def grid_of(frame: pd.DataFrame, row: pd.Series[str], hue: pd.Series[str], rows: list[str], hues: list[str]) -> Grid:
    """The values of `frame` where its labels `row` and `hue` put them."""
    cells = pd.DataFrame({"row": row, "hue": hue, "value": frame["value"]})
    cells = cells.drop_duplicates(["row", "hue"], keep="last")
    wide = cells.pivot(index="row", columns="hue", values="value").reindex(index=rows, columns=hues)
    return Grid(wide.to_numpy(dtype=float), rows, hues, str(frame["unit"].iloc[0]), str(frame["direction"].iloc[0]))


def label_column(labels: pd.DataFrame, name: str | None) -> pd.Series[str]:
    """The labels of a parameter; empty ones when there is none."""
    return labels[name] if name is not None else pd.Series("", index=labels.index)
