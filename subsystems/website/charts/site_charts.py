"""The charts of a site's experiments, one after the other, from one reading of what they have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.incidents import Incidents
from pytest_relaybench.incidents.forges import commit_url_pattern, remote_of

from ..experiments import Experiment
from ..kept import Kept
from ..machines.words import words_by_machine
from ..nights import Night
from .events import Timeline
from .manifest import Told
from .marks import members_of, seen_of
from .section import Charts, charts_of


class Charting:
    """Draws one experiment after the other; `nights` are the newest first."""

    def __init__(self, dashboard: Dashboard, nights: Sequence[Night], incidents: Incidents, kept: Kept) -> None:
        self._dashboard, self._kept = dashboard, kept
        self._words = words_by_machine(nights)
        self._years = sorted({f"{night.when.year}" for night in nights if night.when})
        self._told_runs = {night.run_id for night in nights if night.when and night.anchor == f"run-{night.run_id}"}
        self._members = members_of(incidents)
        self._timeline = Timeline(dashboard.table, dashboard.run_id)

    def charts_of(self, experiment: Experiment, rows: pd.DataFrame) -> Charts:
        """The charts of an experiment from its rows of the table, of which there are some."""
        machines = experiment.measured.machines
        told = Told(
            experiment=experiment.slug,
            title=experiment.title,
            machines={machine: self._words.get(machine) or machine or "unknown" for machine in machines},
            events=self._timeline.of(experiment.name, rows, self._words),
            commits=_commits(rows, self._dashboard.home.config),
            history=experiment.history,
            years=self._years,
            untold=sorted({*rows["run_id"].unique()} - self._told_runs),
        )
        seen = seen_of(self._dashboard.table, experiment.name, machines, self._members, experiment.history)
        return charts_of(rows, told, seen, self._kept)


def _commits(rows: pd.DataFrame, config: HomeConfig) -> dict[str, str]:
    """Variant → the address of one of its commits, where the forge is known."""
    variants = sorted(str(variant) for variant in rows["variant"].drop_duplicates())
    patterns = {variant: commit_url_pattern(remote_of(variant, config)) for variant in variants}
    return {variant: pattern for variant, pattern in patterns.items() if pattern}
