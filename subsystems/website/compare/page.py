"""The page itself, its data files, and what it says where no script runs."""

from __future__ import annotations

from collections.abc import Sequence

from ..script_data import call
from ..shell import shell
from ..site import Part, Site
from .index import index_of
from .measurements import measurements_of
from .months import Month, months_of
from .newest import Newest, newest_of
from .spreads import nightly_spreads

FOLDER = "compare"


def compare(site: Site) -> Part:
    """Any two runs, or two values of one run: chosen and computed in the browser, which loads a month at a time."""
    records = site.dashboard.table.records()
    found = measurements_of(site, records)
    months = list(months_of(found, nightly_spreads(found)))
    newest = newest_of(found, [run for month in months for run in month.runs])
    index = call("RB.compare.takeIndex", index_of(site, found, months, records))
    files = {f"{FOLDER}/index.js": index}
    for month in months:
        files |= {f"{FOLDER}/{month.name}.js": month.values, f"{FOLDER}/{month.name}-spread.js": month.spreads}
    return Part({"compare.md": _page(site, months, newest)}, files, [("Compare", "compare.md")])


def _page(site: Site, months: Sequence[Month], newest: Newest | None) -> str:
    body = site.jinja.get_template("compare.html").render(
        runs=sum(len(month.runs) for month in months), newest=newest, folder=FOLDER
    )
    return shell("Compare", body, searched=False)
