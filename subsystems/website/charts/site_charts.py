"""The charts of every experiment of a site, from one reading of what they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.incidents import Incidents
from pytest_relaybench.incidents.forges import commit_url_pattern, remote_of

from ..experiments import Experiment
from ..machines.words import words_by_machine
from ..nights import Night
from .events import timeline_of
from .manifest import Told
from .marks import members_of, seen_of
from .measured import machines_of
from .section import Charts, charts_of


def charts_of_site(
    dashboard: Dashboard, experiments: Sequence[Experiment], nights: Sequence[Night], incidents: Incidents
) -> Mapping[str, Charts]:
    """Experiment → its charts; `nights` are the newest first."""
    measured = [experiment for experiment in experiments if not experiment.rows.empty]
    if not measured:
        return {}
    words = words_by_machine(nights)
    years = sorted({f"{night.when.year}" for night in nights if night.when})
    told_runs = {night.run_id for night in nights if night.when and night.anchor == f"run-{night.run_id}"}
    members = members_of(incidents)
    found = {}
    with dashboard.table.reading():
        timeline = timeline_of(dashboard.table, dashboard.run_id)
        for experiment in measured:
            machines = machines_of(experiment.rows)
            told = Told(
                experiment=experiment.slug,
                title=experiment.title,
                machines={machine: words.get(machine) or machine or "unknown" for machine in machines},
                events=timeline.of(experiment.name, experiment.rows, words),
                commits=_commits(experiment.rows, dashboard.home.config),
                history=experiment.history,
                years=years,
                untold=sorted({*experiment.rows["run_id"].unique()} - told_runs),
            )
            seen = seen_of(dashboard.table, experiment.name, machines, members, experiment.history)
            found[experiment.name] = charts_of(experiment, told, seen)
    return found


def _commits(rows: pd.DataFrame, config: HomeConfig) -> dict[str, str]:
    """Variant → the address of one of its commits, where the forge is known."""
    variants = sorted(str(variant) for variant in rows["variant"].drop_duplicates())
    patterns = {variant: commit_url_pattern(remote_of(variant, config)) for variant in variants}
    return {variant: pattern for variant, pattern in patterns.items() if pattern}
