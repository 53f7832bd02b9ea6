"""The page of one experiment: everything that the home knows of it, in the order a reader asks."""

from __future__ import annotations

from typing import Any

from pytest_relaybench.render.format import run_time

from .experiment.as_run import run_rows, telemetry_rows
from .experiment.bars import BarTable, bars_of
from .experiment.changes import changes_of
from .experiment.environment import environment_of
from .experiment.jumps import jumps_of
from .experiment.ledger import ledger_of
from .experiment.raw_data import RawData, raw_data_of
from .experiment.settings import settings_of
from .experiment.values import groups_of
from .experiments import Experiment
from .graphs import by_folder
from .kept import Content
from .shell import shell
from .site import Part, Site
from .templates import common_words, fact_rows


def experiment_pages(site: Site) -> Part:
    """A page for each experiment, with its graphs, what its charts load, its newest record and all its measurements."""
    pages: dict[str, str] = {}
    files: dict[str, Content] = {}
    for experiment in site.experiments:
        raw_data = raw_data_of(site.dashboard, experiment, site.stamps, site.kept)
        pages[f"experiments/{experiment.slug}.md"] = _page(site, experiment, raw_data)
        charts = site.charts.get(experiment.name)
        files |= {**_pictures(experiment), **raw_data.files, **(charts.files if charts else {})}
    return Part(pages, files)


def _pictures(experiment: Experiment) -> dict[str, Content]:
    graphs = (*experiment.graphs, *experiment.telemetry_graphs)
    return {f"graphs/{experiment.slug}/{graph.file}": graph.path for graph in graphs}


def _page(site: Site, experiment: Experiment, raw_data: RawData) -> str:
    """As the dashboard's run leaves it."""
    parts = _parts(site, experiment, raw_data)
    body = site.jinja.get_template("experiment.html").render(parts, jumps=jumps_of(experiment, parts))
    return shell(experiment.title, body)


def _parts(site: Site, experiment: Experiment, raw_data: RawData) -> dict[str, Any]:
    """What the template tells."""
    history, record = experiment.history, experiment.record
    started = run_time(site.dashboard.run_id)
    return {
        "e": experiment,
        "run_id": site.dashboard.run_id,
        "run_place": site.place_of_run(experiment.run_id),
        "changes": changes_of(experiment, site.told.incidents.all),
        "environment": environment_of(site.dashboard, experiment),
        "charts": site.charts.get(experiment.name),
        "bars": _bars(experiment),
        "ledger": ledger_of(history),
        "groups": list(groups_of(history)),
        "common": common_words(history.common),
        "graphs": by_folder(experiment.graphs),
        "graphs_old": bool(experiment.graphs_as_of and started and experiment.graphs_as_of < started),
        "telemetry_rows": telemetry_rows(record.telemetry) if record and record.telemetry else [],
        "raw_data": raw_data,
        **_configuration(experiment),
    }


def _bars(experiment: Experiment) -> BarTable | None:
    """The experiment's own metric, engines or variants side by side."""
    tests = experiment.record.tests if experiment.record else ()
    return bars_of(experiment.history, experiment.headline.metric, tests) if experiment.headline else None


def _configuration(experiment: Experiment) -> dict[str, Any]:
    record = experiment.record
    if record is None:
        return {"settings": [], "config_rows": fact_rows(experiment.config, unknown="none"), "run_rows": []}
    return {"settings": settings_of(record, experiment.config), "config_rows": [], "run_rows": run_rows(record)}
