"""The page of the machine: what the sentinels say of it tonight, and when it was changed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd
from jinja2 import Environment

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.detect import Kind
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import SENTINELS
from pytest_relaybench.incidents import Incident, Incidents, Nature
from pytest_relaybench.machine import fingerprint_changes
from pytest_relaybench.render.format import change_text, count_text, day_text, run_time, value_text
from pytest_relaybench.sentinels.names import SENTINELS as NAMES

from .headline import tone, verdict_text
from .machine_news import held_for_themselves, machine_news
from .series import History, Series, history_of
from .shell import shell
from .templates import fact_rows, machine_words

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


def machine_page(jinja: Environment, dashboard: Dashboard, machine: Machine, incidents: Incidents) -> str:
    """Its sentinels, what changed on it, and what happened to it as incidents tell."""
    body = jinja.get_template("machine.html").render(
        m=machine,
        run_id=dashboard.run_id,
        fingerprint_rows=fact_rows(machine.fingerprint),
        news=machine_news(dashboard.verdicts(), incidents),
        held=held_for_themselves(dashboard.verdicts()),
        past=[(one, day_text(run_time(one.since_run))) for one in _past(incidents.all)],
        verdicts=lambda sentinel: _verdicts(machine.history, sentinel),
        value=lambda series: value_text(series.newest, series.unit),
    )
    return shell("Machine", body)


def _verdicts(history: History, sentinel: Sentinel) -> list[tuple[str, str, str]]:
    """Text and kind of its verdicts, and which of the two each is about; empty where both say the same."""
    nights = count_text(len(history.nights), "night")
    found = [
        (f"unsure: {nights}" if one.verdict.kind == Kind.UNSURE else verdict_text(history, one), one.verdict.kind.value)
        for one in sentinel.series
    ]
    if len(set(found)) == 1:
        return [(*found[0], "")]
    return [(*told, str(one.params["when"])) for told, one in zip(found, sentinel.series, strict=True)]


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


def _past(incidents: Sequence[Incident]) -> list[Incident]:
    """The machine's events that are over, the newest first."""
    over = (one for one in incidents if one.nature == Nature.MACHINE and not one.is_live)
    return sorted(over, key=lambda one: one.since_run, reverse=True)[:MOST_CHANGES]
