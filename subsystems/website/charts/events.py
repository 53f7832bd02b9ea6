"""What happened around the measurements: a machine was configured anew, packages changed, another machine came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pytest_relaybench.history.table import Table
from pytest_relaybench.machine import fingerprint_changes
from pytest_relaybench.render.format import run_time

MACHINE, VERSIONS = "machine", "versions"
SOURCE = "source"  # the hash of the experiment's own code, among the versions of its record
UNDER_TEST = "apache-tvm"  # what is measured is told beside every value: it is no event
MOST_EVENTS = 400  # of an experiment; the newest


@dataclass(frozen=True)
class Event:
    """Since the run `run`, what the machine measures may not be compared with what it measured before."""

    run: str
    machine: str
    kind: str  # MACHINE or VERSIONS
    text: str

    @property
    def at(self) -> int:
        """When the run began, in seconds since 1970; 0 where its id does not tell."""
        moment = run_time(self.run)
        return int(moment.timestamp()) if moment else 0


class Timeline:
    """The events of a home up to a run: those of its machines, read at once, and those of one experiment after another.

    What records tell of versions is long, and there are as many of them as nights and experiments.
    """

    def __init__(self, table: Table, run_id: str) -> None:
        self._table, self._run_id = table, run_id
        prints = self._records("fingerprint").drop_duplicates(["machine", "run_id"], keep="last")
        self._machines = {str(name): _changes(rows, "fingerprint", MACHINE) for name, rows in prints.groupby("machine")}

    def of(self, experiment: str, rows: pd.DataFrame, words: Mapping[str, str]) -> list[Event]:
        """The newest events of one experiment, oldest first; `rows` are its part of the table.

        `words` describe machines by their ids.
        """
        if rows.empty:
            return []
        machines = rows.drop_duplicates("machine")["machine"]
        first, last = str(rows["run_id"].iloc[0]), str(rows["run_id"].iloc[-1])
        around = [event for machine in machines for event in self._machines.get(str(machine), ())]
        for _, told in self._records("versions", experiment=experiment).groupby("machine"):
            around += _changes(told, "versions", VERSIONS)
        found = [event for event in around if first < event.run <= last] + list(_moves(rows, words))
        known = [event for event in found if event.at]
        return sorted(known, key=lambda event: (event.run, event.kind, event.machine, event.text))[-MOST_EVENTS:]

    def _records(self, column: str, **equal: str) -> pd.DataFrame:
        """Run, machine and one fact of each record, oldest first."""
        records = self._table.records(columns=["run_id", "experiment", "machine", column], **equal)
        return records[records["run_id"] <= self._run_id].sort_values("run_id", kind="stable")


def _changes(rows: pd.DataFrame, column: str, kind: str) -> list[Event]:
    """What changed from run to run of one machine; only texts that differ from the one before are looked at."""
    told = rows[rows[column] != rows[column].shift()]
    before: dict[str, str] = {}  # what was last told of each fact: a run may not know one
    events = []
    for run, machine, text in zip(told["run_id"], told["machine"], told[column], strict=True):
        after = json.loads(text)
        changes = list(_words(before, after))
        before = {**before, **after}
        if changes:
            events.append(Event(str(run), str(machine), kind, ", ".join(changes)))
    return events


def _words(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    named = {name: value for name, value in after.items() if name not in (SOURCE, UNDER_TEST)}
    yield from fingerprint_changes(before, named)
    if before.get(SOURCE, after.get(SOURCE)) != after.get(SOURCE):
        yield "the experiment's own code"


def _moves(rows: pd.DataFrame, words: Mapping[str, str]) -> Iterator[Event]:
    """The runs that were measured by another machine than the run before."""
    runs = rows.drop_duplicates("run_id")
    moved = runs[(runs["machine"] != runs["machine"].shift()) & runs["machine"].shift().notna()]
    for run, machine in zip(moved["run_id"], moved["machine"], strict=True):
        yield Event(
            str(run), str(machine), MACHINE, f"another machine: {words.get(str(machine)) or machine or 'unknown'}"
        )
