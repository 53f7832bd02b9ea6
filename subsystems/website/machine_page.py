"""The page of the machine."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_relaybench.detect import Kind
from pytest_relaybench.incidents import Incident, Nature
from pytest_relaybench.render.format import count_text, day_text, run_time, value_text

from .headline import verdict_text
from .machine import MOST_CHANGES, Sentinel
from .machine_news import held_for_themselves, machine_news
from .series import History
from .shell import shell
from .site import Part, Site
from .templates import fact_rows


def machine(site: Site) -> Part:
    """Its sentinels, what changed on it, and its events; no page where it was never measured."""
    dashboard, found, incidents = site.dashboard, site.told.machine, site.told.incidents
    if found is None:
        return Part()
    body = site.jinja.get_template("machine.html").render(
        m=found,
        run_id=dashboard.run_id,
        fingerprint_rows=fact_rows(found.fingerprint),
        news=machine_news(dashboard.verdicts(), incidents),
        held=held_for_themselves(dashboard.verdicts()),
        past=[(one, day_text(run_time(one.since_run))) for one in _past(incidents.all)],
        verdicts=lambda sentinel: _verdicts(found.history, sentinel),
        value=lambda series: value_text(series.newest, series.unit),
    )
    return Part({"machine.md": shell("Machine", body)}, nav=[("Machine", "machine.md")])


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


def _past(incidents: Sequence[Incident]) -> list[Incident]:
    """The machine's events that are over, the newest first."""
    over = (one for one in incidents if one.nature == Nature.MACHINE and not one.is_live)
    return sorted(over, key=lambda one: one.since_run, reverse=True)[:MOST_CHANGES]
