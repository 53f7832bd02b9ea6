"""Which series of one side is which of the other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..detect.series import Array
from ..errors import RelaybenchError
from ..history.records import Direction, canonical
from ..history.table import SERIES_COLUMNS
from ..reading import nearest
from ..reports.shortening import one_line
from .spread import Key, Spread

NO_PARAMETERS = ("test", "metric", "variant", "machine")  # what `--by` takes beside parameters


@dataclass(frozen=True)
class Measured:
    """One series on one side: a value for each run that has one, oldest first."""

    series: Key  # as SERIES_COLUMNS
    unit: str
    direction: Direction
    tvm_hash: str | None
    deterministic: bool
    version: str
    note: str
    values: Array
    moment: pd.Timestamp  # of the middle run
    runs: int  # whose median stands for the side
    spread: Spread | None = None  # where the file itself tells it

    @property
    def variant(self) -> str:
        """The build's label."""
        return self.series[4]

    @property
    def machine(self) -> str:
        """What tells its machine from others."""
        return self.series[5]


@dataclass(frozen=True)
class By:
    """Two values of one dimension to compare with each other."""

    dimension: str
    base: str
    candidate: str

    @property
    def values(self) -> tuple[str, str]:
        """Of the base and of the candidate."""
        return self.base, self.candidate


@dataclass(frozen=True)
class Matched:
    """Series that both sides have, and those that only one has."""

    pairs: tuple[tuple[Measured, Measured], ...]
    only_base: tuple[Measured, ...]
    only_candidate: tuple[Measured, ...]


def parse_by(text: str) -> By:
    """`engine:relax,torch-eager`; raises RelaybenchError when it is no dimension with two values."""
    dimension, colon, values = text.partition(":")
    base, comma, candidate = values.partition(",")
    if not (colon and comma and dimension and base and candidate):
        raise RelaybenchError(f"--by: a dimension and two of its values, as in engine:relax,torch-eager (found {text})")
    return By(dimension, base, candidate)


def rows_by(rows: pd.DataFrame, dimension: str, value: str) -> pd.DataFrame:
    """The rows with this value of a parameter, or of `test`, `metric`, `variant`, `machine`.

    Raises RelaybenchError, naming the values that there are, when no row has it.
    """
    texts = _texts_of(rows, dimension)
    chosen: pd.DataFrame = rows[texts.map(lambda known: value in known)]
    if chosen.empty:
        known = {known[0] for known in texts if known}
        told = one_line(nearest(value, known)) if known else "no row has such a parameter"
        raise RelaybenchError(f"--by {dimension}: nothing was measured with {value!r}; {told}")
    return chosen


def _texts_of(rows: pd.DataFrame, dimension: str) -> pd.Series[Any]:
    """For each row how its value may be written, none where it has no such parameter."""
    if dimension in NO_PARAMETERS:
        return rows[dimension].map(lambda value: (str(value),))
    parsed = {text: json.loads(text) for text in rows["params"].drop_duplicates()}
    written = {
        text: (str(params[dimension]), json.dumps(params[dimension])) if dimension in params else ()
        for text, params in parsed.items()
    }
    return rows["params"].map(written)


def measured(rows: pd.DataFrame) -> list[Measured]:
    """The rows of one side, one entry a series, in the table's order; of several values in a run the last counts."""
    ordered = rows.sort_values(["timestamp", "run_id"], kind="stable").reindex(columns=_NEEDED)
    groups: dict[Key, list[Any]] = defaultdict(list)
    # many small frames would take a hundred times as long
    for row in ordered.itertuples(index=False):
        groups[tuple(str(getattr(row, name)) for name in SERIES_COLUMNS)].append(row)
    return [_measured(key, group) for key, group in groups.items()]


_NEEDED = [
    *SERIES_COLUMNS, "run_id", "timestamp", "unit", "direction", "tvm_hash", "deterministic", "version", "note",
    "value", "runs", "spread",
]  # fmt: skip


def _measured(key: Key, rows: Sequence[Any]) -> Measured:
    known = list({row.run_id: row for row in rows if not pd.isna(row.value)}.values())
    last = rows[-1]
    kept = known[0] if len(known) == 1 and not pd.isna(known[0].runs) else None  # a saved baseline's
    return Measured(
        series=key,
        unit=str(last.unit),
        direction=last.direction,
        tvm_hash=None if pd.isna(last.tvm_hash) else str(last.tvm_hash),
        deterministic=len(known) > 0 and all(bool(row.deterministic) for row in known),
        version=str(last.version),
        note=str(last.note),
        values=np.array([row.value for row in known], dtype=float),
        moment=(known or rows)[len(known or rows) // 2].timestamp,
        runs=int(kept.runs) if kept else len(known),
        spread=None if kept is None or pd.isna(kept.spread) else Spread(float(kept.spread), int(kept.runs)),
    )


def match(
    base: Sequence[Measured], candidate: Sequence[Measured], *, ignoring: str = "", across_machines: bool = False
) -> Matched:
    """Pair what is equal in experiment, test, parameters, metric and machine.

    Where a side has a series for several builds, builds are paired by their label; one that is left on each side is a
    pair, too, since builds are what two commits differ in. `ignoring` names a dimension that need not be equal,
    `across_machines` says so of the machine. What has no value on either side is left out.
    """
    used_across = across_machines or ignoring == "machine"
    ours, theirs = (_by_key(side, ignoring, used_across) for side in (base, candidate))
    pairs: list[tuple[Measured, Measured]] = []
    only: tuple[list[Measured], list[Measured]] = ([], [])
    for key in dict.fromkeys([*ours, *theirs]):
        left, right = ours.get(key, []), theirs.get(key, [])
        for alike in _CRITERIA:
            found = list(_pairs(left, right, alike))
            pairs += found
            left = [one for one in left if not any(one is pair[0] for pair in found)]
            right = [one for one in right if not any(one is pair[1] for pair in found)]
        only[0].extend(left)
        only[1].extend(right)
    with_values = [pair for pair in pairs if all(side.values.size for side in pair)]
    halves = [pair for pair in pairs if not all(side.values.size for side in pair)]
    return Matched(
        tuple(with_values),
        tuple(one for one in [*only[0], *(pair[0] for pair in halves)] if one.values.size),
        tuple(one for one in [*only[1], *(pair[1] for pair in halves)] if one.values.size),
    )


def _nothing(_: Measured) -> tuple[str, ...]:
    return ()


_CRITERIA: tuple[Callable[[Measured], tuple[str, ...]], ...] = (
    lambda one: (one.variant, one.machine),
    lambda one: (one.variant,),
    lambda one: (one.machine,),
    _nothing,
)


def _pairs(
    left: Iterable[Measured], right: Iterable[Measured], alike: Callable[[Measured], tuple[str, ...]]
) -> Iterator[tuple[Measured, Measured]]:
    """Those that are the only ones of their kind on both sides."""
    kinds: dict[tuple[str, ...], tuple[list[Measured], list[Measured]]] = defaultdict(lambda: ([], []))
    for place, side in enumerate((left, right)):
        for one in side:
            kinds[alike(one)][place].append(one)
    for ours, theirs in kinds.values():
        if len(ours) == len(theirs) == 1:
            yield ours[0], theirs[0]


def _by_key(side: Sequence[Measured], ignoring: str, across: bool) -> dict[Key, list[Measured]]:
    found: dict[Key, list[Measured]] = defaultdict(list)
    for one in side:
        experiment, test, params, metric, _, machine = one.series
        if ignoring:
            params = canonical({name: value for name, value in json.loads(params).items() if name != ignoring})
        key = (experiment, "" if ignoring == "test" else test, params, "" if ignoring == "metric" else metric)
        found[(*key, "" if across else machine)].append(one)
    return found
