"""What stands on the pages: Markdown shells around HTML bodies, as path → content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jinja2 import Environment

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.detect import Kind
from pytest_relaybench.history.records import Record
from pytest_relaybench.render.format import change_text, count_text, date_text, parse_time, run_time

from .experiments import Experiment, Graph, State
from .headline import Judgement, change_of, judgement_of, span_text
from .inert import heading, slug
from .nights import Night, SubsystemNote
from .series import History, Series
from .templates import common_words, fact_rows, machine_words

DETAILED_NIGHTS = 60  # whose failures are told with their messages
SEVERAL_PARAMETERS = 8  # more columns than these no screen holds
FOLDERS = ("", "comparison", "two_weeks", "all_time")
SHELL = """---
hide:
  - navigation
  - toc
{more}---

# {title}

{body}
"""


@dataclass(frozen=True)
class Group:
    """The series of one metric, and which columns tell them apart."""

    metric: str
    anchor: str
    words: str
    series: Sequence[Series]
    keys: Sequence[str]
    tests: bool
    variants: bool
    judgement: Judgement


def shell(title: str, body: str, *, searched: bool = True) -> str:
    """A Markdown page of one heading and one HTML block; `title` is text of any origin."""
    more = "" if searched else "search:\n  exclude: true\n"
    return SHELL.format(title=heading(title) or "Untitled", body=body, more=more)


def overview_page(
    jinja: Environment,
    dashboard: Dashboard,
    experiments: Sequence[Experiment],
    nights: Sequence[Night],
    subsystems: Sequence[SubsystemNote],
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
        missing=kinds[Kind.MISSING],
        experiments=experiments,
        subsystems=subsystems,
        problems=dashboard.table.problems,
    )
    return shell("Overview", body)


def _machine_of(night: Night | None, experiments: Sequence[Experiment]) -> str:
    if night is not None and night.machine:
        return machine_words(night.machine)
    records = (e.record for e in experiments if e.record)
    newest = max(records, key=lambda record: record.run_id, default=None)
    return machine_words(newest.machine) if newest else ""


def experiment_page(jinja: Environment, experiment: Experiment, run_id: str) -> str:
    """Everything that the home knows of one experiment."""
    record = experiment.record
    started = run_time(run_id)
    body = jinja.get_template("experiment.html").render(
        e=experiment,
        run_id=run_id,
        groups=[_group(experiment.history, *found) for found in experiment.history.by_metric().items()],
        common=common_words(experiment.history.common),
        graphs=_graph_folders(experiment),
        graphs_old=bool(experiment.graphs_as_of and started and experiment.graphs_as_of < started),
        config_rows=fact_rows(record.config if record else experiment.config, unknown="none"),
        machine_rows=fact_rows(record.machine) if record else [],
        version_rows=fact_rows(record.versions) if record else [],
        build_rows=_build_rows(record) if record else [],
        run_rows=_run_rows(experiment),
    )
    return shell(experiment.title, body)


def _run_rows(experiment: Experiment) -> list[tuple[str, str]]:
    record = experiment.record
    if record is None:
        return []
    rows: dict[str, Any] = {
        "run": record.run_id,
        "begun": date_text(parse_time(record.start_time)),
        "ended": date_text(parse_time(record.end_time)),
        "seed": record.seed,
        "place in the order": record.position,
        "complete": record.complete,
    }
    return fact_rows(rows)


def _build_rows(record: Record) -> list[tuple[str, str]]:
    """Which TVM each variant was; the experiment's own where no measurement tells."""
    told = dict.fromkeys((m.variant, m.tvm_hash) for m in record.measurements if m.tvm_hash)
    return [(label, str(tvm_hash)) for label, tvm_hash in told] or fact_rows({"tvm_hash": record.tvm_hash})


def _group(history: History, metric: str, series: Sequence[Series]) -> Group:
    change = change_of(history, series)
    keys = list(dict.fromkeys(key for s in series for key in history.params_of(s)))
    direction = {"lower": "lower is better", "higher": "higher is better"}.get(series[0].direction, "no direction")
    words = [direction, "derived" if series[0].derived else "", span_text(series)]
    if len(series) > 1:
        words += [count_text(len(series), "series", "series"), f"mean change {change.text}"]
        words += [f"worst {change.worst} {change_text(change.worst_ratio, change.direction)}"] if change.worst else []
    return Group(
        metric=metric,
        anchor=slug(metric),
        words="; ".join(word for word in words if word),
        series=series,
        keys=keys[:SEVERAL_PARAMETERS],
        tests=len({s.test for s in series}) > 1 or not keys,
        variants=len({s.variant for s in history.series}) > 1,
        judgement=judgement_of(history, series),
    )


def _graph_folders(experiment: Experiment) -> Mapping[str, list[dict[str, Any]]]:
    """Folder → what the page needs of each graph; an SVG is not linked, as it may run script when opened by itself."""

    def shown(graph: Graph) -> dict[str, Any]:
        url = f"../graphs/{experiment.slug}/{graph.file}"
        return {"url": url, "caption": graph.caption, "linked": graph.path.suffix != ".svg"}

    ordered = sorted(experiment.graphs, key=lambda graph: (*_folder_place(graph.folder), graph.file))
    return {folder: [shown(g) for g in graphs] for folder, graphs in groupby(ordered, key=lambda g: g.folder)}


def _folder_place(folder: str) -> tuple[int, str]:
    """Newest nights before long ones, what an author adds last."""
    return (FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)), folder


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
