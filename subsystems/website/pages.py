"""What stands on the pages that are about more than one experiment, as Markdown around HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.detect import Kind
from pytest_relaybench.render.format import run_time

from .experiments import Experiment, State
from .machine_news import held_for_themselves, machine_news
from .measured_again import counted, suspects_of
from .nights import Night
from .shell import shell
from .templates import machine_words
from .told import Told

DETAILED_NIGHTS = 60  # whose failures are told with their messages


def overview_page(
    jinja: Environment,
    dashboard: Dashboard,
    experiments: Sequence[Experiment],
    nights: Sequence[Night],
    told: Told,
) -> str:
    """Is everything in order, and what changed: one line for the run, one row for each experiment."""
    night = next((n for n in nights if n.run_id == dashboard.run_id), None)
    judged = [s for e in experiments for s in e.history.series if e.state != State.INACTIVE]
    kinds = Counter(s.verdict.kind for s in judged if s.directional or s.missing)
    body = jinja.get_template("overview.html").render(
        run_id=dashboard.run_id,
        when=run_time(dashboard.run_id),
        night=night,
        machine=_machine_of(night, experiments),
        counts={state.name.lower(): sum(e.state == state for e in experiments) for state in State},
        slower=kinds[Kind.SLOWER],
        broken=kinds[Kind.BROKEN],
        missing=kinds[Kind.MISSING],
        held=kinds[Kind.MACHINE],
        **_tonight(dashboard, told),
        experiments=experiments,
        told=told,
        problems=dashboard.table.problems,
    )
    return shell("Overview", body)


def _tonight(dashboard: Dashboard, told: Told) -> dict[str, Any]:
    """What happened to the machine, what was measured again, and the incidents that these lines do not tell."""
    if not dashboard.run_id:
        return {"news": [], "held_alone": [], "suspects": [], "suspects_told": "", "waiting": told.waiting}
    news = machine_news(dashboard.verdicts(), told.incidents)
    suspects = suspects_of(dashboard)
    return {
        "news": news,
        "held_alone": held_for_themselves(dashboard.verdicts()),
        "suspects": suspects,
        "suspects_told": counted(suspects),
        "waiting": [one for one in told.waiting if one.id not in {event.incident for event in news}],
    }


def _machine_of(night: Night | None, experiments: Sequence[Experiment]) -> str:
    if night is not None and night.machine:
        return machine_words(night.machine)
    records = (e.record for e in experiments if e.record)
    newest = max(records, key=lambda record: record.run_id, default=None)
    return machine_words(newest.machine) if newest else ""


def runs_page(jinja: Environment, experiments: Sequence[Experiment], nights: Sequence[Night]) -> str:
    """Every night: seed, order, duration, statuses."""
    linked = {experiment.name for experiment in experiments}
    machines = {machine_words(night.machine) for night in nights}
    body = jinja.get_template("runs.html").render(
        nights=nights,
        detailed=DETAILED_NIGHTS,
        linked=linked,
        one_machine=machines.pop() if len(machines) == 1 else "",
    )
    return shell("Runs", body, searched=False)


def scores_page(jinja: Environment, told: Told, run_id: str) -> str:
    """Every metric: its newest score, how it came there, its pictures."""
    return shell("Scores", jinja.get_template("scores.html").render(told=told, run_id=run_id))


def figures_page(jinja: Environment, told: Told) -> str:
    """The publication figures, to look at and to take along."""
    return shell("Figures", jinja.get_template("figures.html").render(told=told), searched=False)
