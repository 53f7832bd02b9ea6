"""The page of the machine: what the sentinels say of it tonight, and when it was changed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import SENTINELS
from pytest_relaybench.machine import fingerprint_changes
from pytest_relaybench.render.format import change_text, day_text, run_time
from pytest_relaybench.sentinels.names import SENTINELS as NAMES

from .headline import tone
from .series import History, Series, history_of
from .templates import machine_words

MOST_CHANGES = 60


@dataclass(frozen=True)
class Sentinel:
    """One sentinel on the newest night: before the night's tests and after them, either None where it is not known."""

    name: str
    before: Series | None
    after: Series | None

    @property
    def series(self) -> list[Series]:
        """What there is of the two."""
        return [one for one in (self.before, self.after) if one is not None]

    @property
    def drift(self) -> float:
        """The value after the tests over the one before them; NaN without both on the newest night."""
        if len(self.series) < 2 or any(one.missing or one.newest <= 0 for one in self.series):
            return math.nan
        return self.series[1].newest / self.series[0].newest

    @property
    def drift_text(self) -> str:
        """In words."""
        return change_text(self.drift)

    @property
    def drift_tone(self) -> str:
        """CSS class."""
        return tone(self.drift, "lower")


@dataclass(frozen=True)
class Machine:
    """The machine of the newest night that measured sentinels: `run_id`."""

    run_id: str
    name: str
    history: History
    sentinels: Sequence[Sentinel]
    changes: Sequence[tuple[str, str]]  # day and what changed, the newest first
    fingerprint: Mapping[str, Any]


def machine_of(dashboard: Dashboard) -> Machine | None:
    """What there is to tell; None where no sentinel was ever measured."""
    rows = dashboard.table.frame(experiment=SENTINELS)
    rows = rows[rows["run_id"] <= dashboard.run_id]
    if rows.empty:
        return None
    run_id = str(rows["run_id"].iloc[-1])
    verdicts = dashboard.verdicts().of(SENTINELS) if run_id == dashboard.run_id else None
    history = history_of(rows, verdicts=verdicts)
    record = dashboard.newest_record(SENTINELS)
    prints = _fingerprints(dashboard.table, history.machine, dashboard.run_id)
    return Machine(
        run_id=run_id,
        name=machine_words(record.machine) if record else history.machine,
        history=history,
        sentinels=_sentinels(history),
        changes=list(_changes(prints))[:MOST_CHANGES],
        fingerprint=prints[-1][1] if prints else {},
    )


def _sentinels(history: History) -> list[Sentinel]:
    """Those that we know by name first, in our order."""
    found: dict[str, dict[str, Series]] = {name: {} for name in NAMES}
    for series in history.series:
        found.setdefault(series.test, {})[str(series.params.get("when", ""))] = series
    return [Sentinel(name, own.get("before"), own.get("after")) for name, own in found.items() if own]


def _fingerprints(table: Table, machine: str, run_id: str) -> list[tuple[str, dict[str, str]]]:
    """Run and fingerprint of each night of the machine, oldest first."""
    records: pd.DataFrame = table.records(machine=machine)
    records = records[records["run_id"] <= run_id].sort_values("run_id").drop_duplicates("run_id", keep="last")
    return [(run, json.loads(text)) for run, text in zip(records["run_id"], records["fingerprint"], strict=True)]


def _changes(prints: Sequence[tuple[str, Mapping[str, str]]]) -> Iterator[tuple[str, str]]:
    for (_, before), (run, after) in reversed(list(pairwise(prints))):
        changes = fingerprint_changes(before, after)
        if changes:
            yield day_text(run_time(run)), ", ".join(changes)
