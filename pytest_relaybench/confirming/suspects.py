"""Tonight's suspects: series whose newest value looks unlike their history, with the test that measures them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..detect.latest import Direction
from ..detect.series import Array
from ..detect.suspicion import MOST, Suspicion, suspect
from ..detect.verdicts import Kind
from ..history.records import canonical
from ..history.table import SERIES_COLUMNS, Table
from ..state import ExperimentNight, Night, TestState

NIGHTS = 150  # newest runs of an experiment that are looked at
CLEAR = frozenset({Kind.SLOWER, Kind.FASTER, Kind.SAME})  # after which nights are not suspected again

Key = tuple[str, ...]


@dataclass(frozen=True)
class Suspect:
    """One series to be measured again.

    `history` has the values of the nights before the suspicious ones, moved to the level that is known of, oldest
    first; `base_hash` is the build of the newest of them, None where it used none.
    """

    test: str
    params: Mapping[str, Any]
    metric: str
    variant: str
    direction: Direction
    tvm_hash: str | None
    base_hash: str | None
    history: Array
    suspicion: Suspicion


@dataclass(frozen=True)
class Case:
    """A test that measures suspects: one run of it serves them all."""

    item: pytest.Item
    entry: ExperimentNight
    state: TestState
    suspects: tuple[Suspect, ...]

    @property
    def urgency(self) -> tuple[bool, bool, float]:
        """What is looked into first has the highest: faint suspects last, what became worse first, then by weight."""
        suspicions = [one.suspicion for one in self.suspects]
        return max((not one.is_faint, one.is_worse, one.weight) for one in suspicions)


def find_cases(night: Night, items: Iterable[pytest.Item]) -> list[Case]:
    """The tests of tonight's suspects, most suspicious first; the table must have tonight's records."""
    by_nodeid = {item.nodeid: item for item in items}
    with night.table.reading():
        cases = [
            Case(by_nodeid[state.nodeid], entry, state, found)
            for entry in night.in_order()
            if is_wanted(night, entry)
            for state, found in _by_test(entry, suspects_of(night.table, entry.name, night.run_id))
            if state.nodeid in by_nodeid
        ]
    return sorted(cases, key=lambda case: case.urgency, reverse=True)


def is_wanted(night: Night, entry: ExperimentNight) -> bool:
    """Whether suspects of this experiment are to be measured again: by option, its config, or else the home's."""
    if entry.experiment is None or not night.options.confirm or night.chosen(entry.experiment.config).compared:
        return False
    own = entry.experiment.config.confirm
    return night.settings.config.confirm if own is None else own


def _by_test(entry: ExperimentNight, found: Sequence[Suspect]) -> Iterator[tuple[TestState, tuple[Suspect, ...]]]:
    """The tests that measured them tonight, each with its suspects."""
    by_name: defaultdict[Key, list[Suspect]] = defaultdict(list)
    for one in found:
        by_name[one.test, canonical(one.params)].append(one)
    for state in entry.tests if found else ():
        own = tuple(one for one in by_name.get((state.test, canonical(state.params)), ()) if _is_of_build(one, state))
        if own:
            yield state, own


def _is_of_build(one: Suspect, state: TestState) -> bool:
    # a test without a build has its values under the label of the installed one, and no hash
    return one.tvm_hash == state.tvm_hash and (state.variant is None or one.variant == state.variant)


def suspects_of(table: Table, experiment: str, run_id: str) -> list[Suspect]:
    """The series of an experiment that are suspicious in the run, which is its machine's newest."""
    records = table.records(experiment=experiment)
    # other machines' runs, and imported ones, may be newer, and are no nights of this one
    machines = records.loc[records["run_id"] == run_id, "machine"]
    runs = sorted(records.loc[records["machine"].isin(machines), "run_id"].unique())[-NIGHTS:]
    if not runs or runs[-1] != run_id:
        return []
    frame = table.frame(experiment=experiment, machine=str(machines.iloc[0]), first_run=runs[0])
    frame = frame[~frame["derived"].astype(bool) & (frame["direction"] != "neutral")]
    told = _by_series(table.confirmations(experiment=experiment))
    found = (
        _suspect(rows, told.get(key)) for key, rows in _by_series(frame).items() if rows["run_id"].iloc[-1] == run_id
    )
    return [one for one in found if one is not None]


def _by_series(frame: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    return {tuple(map(str, key)): rows for key, rows in frame.groupby(SERIES_COLUMNS, sort=False)}


def _suspect(rows: pd.DataFrame, told: pd.DataFrame | None) -> Suspect | None:
    """The series as a suspect, None when it is none; `told` is what measuring it again said on other nights."""
    tonight = rows.iloc[-1]
    if tonight["deterministic"]:
        return None
    runs = list(rows["run_id"])
    changes = [] if told is None else list(_changes(told, runs))
    values = rows["value"].to_numpy(dtype=float)
    suspicion = suspect(values, tonight["direction"], changes=changes, settled=_settled(told, runs))
    if suspicion is None:
        return None
    hashes = [None if pd.isna(one) else str(one) for one in rows["tvm_hash"]]
    if suspicion.is_faint and hashes[-1] in (None, hashes[suspicion.since - 1]):
        return None  # it takes another build to tell it from noise
    history = values[: suspicion.since].copy()
    for index, ratio in changes:
        history[:index] *= ratio
    return Suspect(
        test=tonight["test"],
        params=json.loads(tonight["params"]),
        metric=tonight["metric"],
        variant=tonight["variant"],
        direction=tonight["direction"],
        tvm_hash=hashes[-1],
        base_hash=hashes[suspicion.since - 1],
        history=history,
        suspicion=suspicion,
    )


def _changes(told: pd.DataFrame, runs: Sequence[str]) -> Iterator[tuple[int, float]]:
    """Confirmed changes as (index of the night, ratio)."""
    for row in told[told["outcome"] == "confirmed"].itertuples():
        if row.run_id in runs and np.isfinite(float(str(row.ratio))):
            yield runs.index(str(row.run_id)), float(str(row.ratio))


def _settled(told: pd.DataFrame | None, runs: Sequence[str]) -> int:
    """The index of the first night that has not been looked into with a clear answer."""
    if told is None:
        return 0
    clear = set(told[told["kind"].isin(list(CLEAR))]["run_id"])
    return max(
        (index + 1 for index in range(max(0, len(runs) - MOST), len(runs) - 1) if runs[index] in clear), default=0
    )
