"""What stands on the pages that are about more than one experiment, as Markdown around HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.detect import Kind
from pytest_relaybench.render.format import run_time

from .experiments import Experiment, State
from .machine_news import held_for_themselves, machine_news
from .measured_again import counted, suspects_of
from .nights import Night
from .shell import shell
from .site import Part, Site
from .templates import machine_words
from .told import Told

DETAILED_NIGHTS = 60  # whose failures are told with their messages


def overview(site: Site) -> Part:
    """Is everything in order, and what changed: one line for the run, one row for each experiment."""
    dashboard, experiments, told = site.dashboard, site.experiments, site.told
    night = next((n for n in site.nights if n.run_id == dashboard.run_id), None)
    judged = [s for e in experiments for s in e.history.series if e.state != State.INACTIVE]
    kinds = Counter(s.verdict.kind for s in judged if s.directional or s.missing)
    body = site.jinja.get_template("overview.html").render(
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
    return Part({"index.md": shell("Overview", body)}, nav=[("Overview", "index.md")])


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


def runs(site: Site) -> Part:
    """Every night: seed, order, duration, statuses."""
    nights = site.nights
    machines = {machine_words(night.machine) for night in nights}
    body = site.jinja.get_template("runs.html").render(
        nights=nights,
        detailed=DETAILED_NIGHTS,
        linked=set(site.slugs),
        one_machine=machines.pop() if len(machines) == 1 else "",
    )
    return Part({"runs.md": shell("Runs", body, searched=False)}, nav=[("Runs", "runs.md")])


def scores(site: Site) -> Part:
    """Every metric: its newest score, how it came there, its pictures; no page where there is no metric."""
    told = site.told
    if not told.scores:
        return Part()
    body = site.jinja.get_template("scores.html").render(told=told, run_id=site.dashboard.run_id)
    files = {f"scores/{score.slug}/{graph.file}": graph.path for score in told.scores for graph in score.graphs}
    return Part({"scores.md": shell("Scores", body)}, files, [("Scores", "scores.md")])


def figures(site: Site) -> Part:
    """The publication figures, to look at and to take along; no page where there is none."""
    told = site.told
    if not told.figures:
        return Part()
    body = site.jinja.get_template("figures.html").render(told=told)
    files = {figure.place(path): path for figure in told.figures for path in figure.files}
    return Part({"figures.md": shell("Figures", body, searched=False)}, files, [("Figures", "figures.md")])
