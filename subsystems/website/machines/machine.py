"""Every machine that ever measured: which nights, what its sentinels say, and when it was changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.home import SENTINELS
from pytest_relaybench.incidents import Incident, Incidents, Nature
from pytest_relaybench.machine import fingerprint

from ..inert import slug
from ..nights import Night
from ..series import History, history_of
from .changed import MOST_CHANGES, Change, Facts, configuration_changes
from .sentinel import Sentinel, sentinels_of
from .words import words_by_machine


@dataclass(frozen=True)
class Machine:
    """One machine; `runs` are the ids of its nights, oldest first; `measured` is the newest with sentinels, or ""."""

    id: str
    name: str
    runs: Sequence[str]
    history: History
    sentinels: Sequence[Sentinel]
    changes: Sequence[Change]  # the newest first
    fingerprint: Facts
    events: Sequence[Incident]  # that happened to it, the newest first

    @property
    def anchor(self) -> str:
        """The id of its part of the page."""
        return f"machine-{slug(self.id or 'unknown')}"

    @property
    def measured(self) -> str:
        """The newest night on which its sentinels were measured; empty for none."""
        return self.history.nights[-1] if self.history.nights else ""


def machines_of(dashboard: Dashboard, nights: Sequence[Night], incidents: Incidents) -> list[Machine]:
    """All of them, the one that ran last first; `nights` are all runs, the newest first."""
    told = {night.run_id: night for night in nights if night.run_id <= dashboard.run_id}
    rows, records = _of_sentinels(dashboard)
    by_run = dict(zip(records["run_id"], zip(records["machine"], records["fingerprint"], strict=True), strict=True))
    words = words_by_machine(nights)
    found = [
        _machine(dashboard, machine, words.get(machine, ""), own, _facts(own, told, by_run), rows, incidents)
        for machine, own in _runs(told, by_run).items()
    ]
    return sorted(found, key=lambda one: one.runs[-1], reverse=True)


def _runs(told: Mapping[str, Night], by_run: Mapping[str, tuple[str, str]]) -> dict[str, list[str]]:
    """Machine → its runs, oldest first; runs of which nobody knows where they ran are left out."""
    found: dict[str, list[str]] = {}
    for run_id in sorted({*told, *by_run}):
        own = told[run_id].machine_id if run_id in told else ""
        found.setdefault(own or by_run.get(run_id, ("", ""))[0], []).append(run_id)
    found.pop("", None)
    return found


def _of_sentinels(dashboard: Dashboard) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Their values, and their records, up to this run."""
    frames = dashboard.table.frame(experiment=SENTINELS), dashboard.table.records(experiment=SENTINELS)
    rows, records = (frame[frame["run_id"] <= dashboard.run_id] for frame in frames)
    return rows, records


def _facts(
    runs: Sequence[str], told: Mapping[str, Night], by_run: Mapping[str, tuple[str, str]]
) -> list[tuple[str, Facts]]:
    """Run and fingerprint; of a run with sentinels as they found the machine."""
    parsed: dict[str, Facts] = {}  # most nights have equal texts
    found: list[tuple[str, Facts]] = []
    for run_id in runs:
        if run_id in by_run:
            text = by_run[run_id][1]
            parsed.setdefault(text, json.loads(text))
            found.append((run_id, parsed[text]))
        else:
            found.append((run_id, fingerprint(told[run_id].machine)))
    return found


def _machine(  # noqa: PLR0913, PLR0917, what is known of it, from four places
    dashboard: Dashboard,
    machine: str,
    words: str,
    runs: Sequence[str],
    facts: Sequence[tuple[str, Facts]],
    rows: pd.DataFrame,
    incidents: Incidents,
) -> Machine:
    own = rows[rows["machine"] == machine]
    is_tonights = not own.empty and str(own["run_id"].iloc[-1]) == dashboard.run_id
    history = history_of(own, verdicts=dashboard.verdicts().of(SENTINELS) if is_tonights else None)
    return Machine(
        id=machine,
        name=words or machine,
        runs=runs,
        history=history,
        sentinels=sentinels_of(history),
        changes=configuration_changes(facts),
        fingerprint=facts[-1][1],
        events=_events(incidents, machine),
    )


def _events(incidents: Incidents, machine: str) -> list[Incident]:
    found = [one for one in incidents.all if one.nature == Nature.MACHINE and one.case.machine == machine]
    return sorted(found, key=lambda one: one.since_run, reverse=True)[:MOST_CHANGES]
