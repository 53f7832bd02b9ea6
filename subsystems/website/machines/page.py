"""The page of the machines, and of the software on them."""

from __future__ import annotations

from pytest_relaybench.render.format import value_text

from ..machine_news import held_for_themselves, machine_news
from ..shell import shell
from ..site import Part, Site
from ..templates import fact_rows
from .changed import package_changes
from .sentinel import verdicts_of


def machines(site: Site) -> Part:
    """Each machine with its sentinels, changes and events; the packages of the newest run and how they changed."""
    dashboard, found = site.dashboard, site.told.machines
    nights = [night for night in site.nights if night.run_id <= dashboard.run_id]
    if not found:
        return Part()
    newest = next((night for night in nights if night.versions), None)
    body = site.jinja.get_template("machines.html").render(
        machines=found,
        run_id=dashboard.run_id,
        newest=newest,
        before=next((night for night in nights if newest and night.run_id < newest.run_id and night.versions), None),
        package_rows=fact_rows(newest.versions) if newest else [],
        package_changes=package_changes([(night.run_id, night.versions) for night in reversed(nights)]),
        news=machine_news(dashboard.verdicts(), site.told.incidents),
        held=held_for_themselves(dashboard.verdicts()),
        fact_rows=fact_rows,
        place=site.place_of_run,
        verdicts=lambda machine, sentinel: verdicts_of(machine.history, sentinel),
        value=lambda series: value_text(series.newest, series.unit),
    )
    return Part({"machines.md": shell("Machines", body)}, nav=[("Machines", "machines.md")])
