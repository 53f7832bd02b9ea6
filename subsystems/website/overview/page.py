"""The page that is opened every morning: tonight in one line, what waits for somebody, a row for each experiment."""

from __future__ import annotations

from typing import Any

from pytest_relaybench.render.format import run_time

from ..machine_news import MachineNews, held_for_themselves, machine_news
from ..machines.words import words_by_machine
from ..measured_again import counted, suspects_of
from ..shell import shell
from ..site import Part, Site
from .choices import choices_of
from .rows import rows_of
from .tonight import tonight_of
from .waits import looked_after, waits_of

MANY = 150  # rows from which on the browser lays out only those that are seen


def overview(site: Site) -> Part:
    """One line for the run, one for each incident that nobody looks after, one row for each experiment."""
    dashboard, told = site.dashboard, site.told
    news = machine_news(dashboard.verdicts(), told.incidents) if dashboard.run_id else []
    choices = choices_of(site.experiments, words_by_machine(site.nights))
    body = site.jinja.get_template("overview.html").render(
        run_id=dashboard.run_id,
        when=run_time(dashboard.run_id),
        tonight=tonight_of(site, news),
        **_of_the_night(site, news),
        many=MANY,
        rows=rows_of(site.experiments, choices),
        choices=choices,
        told=told,
        problems=dashboard.table.problems,
    )
    return Part({"index.md": shell("Overview", body)}, nav=[("Overview", "index.md")])


def _of_the_night(site: Site, news: list[MachineNews]) -> dict[str, Any]:
    """What happened to the machine, what was measured again, and the incidents that these lines do not tell."""
    if not site.dashboard.run_id:
        return {"news": [], "held_alone": [], "suspects": [], "suspects_told": "", "waits": [], "looked_after": ""}
    suspects = suspects_of(site.dashboard)
    return {
        "news": news,
        "held_alone": held_for_themselves(site.dashboard.verdicts()),
        "suspects": suspects,
        "suspects_told": counted(suspects),
        "waits": waits_of(site, {event.incident for event in news}),
        "looked_after": looked_after(site.told.incidents),
    }
