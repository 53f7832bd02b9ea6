"""The page of one experiment: everything that the home knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.records import Record, Telemetry
from pytest_relaybench.render.format import (
    change_text,
    count_text,
    date_text,
    duration_text,
    parse_time,
    run_time,
    value_text,
)

from .experiments import Experiment
from .graphs import by_folder
from .headline import Judgement, change_of, judgement_of, span_text
from .inert import slug
from .series import History, Series
from .shell import shell
from .site import Content, Part, Site
from .templates import common_words, fact_rows

SEVERAL_PARAMETERS = 8  # more columns than these no screen holds


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


def experiment_pages(site: Site) -> Part:
    """A page for each experiment, with its graphs, its newest record and all its measurements."""
    run_id = site.dashboard.run_id
    pages = {f"experiments/{e.slug}.md": _page(site.jinja, e, run_id) for e in site.experiments}
    files = {path: content for e in site.experiments for path, content in _files(site.dashboard, e).items()}
    return Part(pages, files)


def _files(dashboard: Dashboard, experiment: Experiment) -> dict[str, Content]:
    files: dict[str, Content] = {
        f"graphs/{experiment.slug}/{graph.file}": graph.path
        for graph in (*experiment.graphs, *experiment.telemetry_graphs)
    }
    if experiment.record:
        files[f"data/{experiment.slug}.json"] = dashboard.home.data_file(experiment.name, experiment.record.run_id)
    if experiment.history.series:
        files[f"data/{experiment.slug}.csv"] = experiment.csv
    return files


def _page(jinja: Environment, experiment: Experiment, run_id: str) -> str:
    """As the run `run_id` leaves it."""
    record = experiment.record
    started = run_time(run_id)
    body = jinja.get_template("experiment.html").render(
        e=experiment,
        run_id=run_id,
        groups=[_group(experiment.history, *found) for found in experiment.history.by_metric().items()],
        common=common_words(experiment.history.common),
        graphs=by_folder(experiment.graphs),
        graphs_old=bool(experiment.graphs_as_of and started and experiment.graphs_as_of < started),
        telemetry_rows=_telemetry_rows(record.telemetry) if record and record.telemetry else [],
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


def _telemetry_rows(told: Telemetry) -> list[tuple[str, str]]:
    """What was watched and seen; what the machine does not tell is named at the end, with the reason."""
    shares = {
        "other processes, share of all cores": told.others_share,
        "other processes at most": told.others_share_max,
        "taken by the hypervisor": told.steal_share,
        "CPU clock fell by": told.cpu_clock_drop,
        "GPU clock fell by": told.gpu_clock_drop,
    }
    least = told.memory_available_min_bytes
    degrees = {"CPU at most": told.cpu_temperature_max_c, "GPU at most": told.gpu_temperature_max_c}
    facts: dict[str, Any] = {
        "samples": f"{told.samples} in {duration_text(told.duration_s)}, one every {told.rate_s:g} s",
        "watched to the end": told.complete,
        "throttled": told.throttled,
        "throttled for": list(told.throttle_reasons) or None,
        **{name: None if share is None else f"{100 * share:.1f} %" for name, share in shares.items()},
        **{name: None if value is None else f"{value:.0f} °C" for name, value in degrees.items()},
        "memory left at least": None if least is None else value_text(least, "B"),
    }
    known = {name: value for name, value in facts.items() if value is not None}
    return [*fact_rows(known), *((f"no {topic.replace('_', ' ')}", why) for topic, why in told.missing.items())]


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
