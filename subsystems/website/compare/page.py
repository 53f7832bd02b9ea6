"""The page itself, its data files, and what it says where no script runs."""

from __future__ import annotations

from pytest_relaybench.history.layout import RECORD_COLUMNS

from ..kept import Content
from ..script_data import call
from ..shell import shell
from ..site import Part, Site
from .calendar import Calendar, calendar_of
from .files import files_of_months
from .index import index_of
from .newest import Newest, newest_of

FOLDER = "compare"
READ = [name for name in RECORD_COLUMNS if name != "versions"]


def compare(site: Site) -> Part:
    """Any two runs, or two values of one run: chosen and computed in the browser, which loads a month at a time."""
    table = site.dashboard.table
    with table.reading():
        records = table.records(columns=READ)
        calendar = calendar_of(table, sorted(map(str, records["run_id"].unique())))
        months = files_of_months(site, calendar, FOLDER)
        newest = newest_of(table, calendar)
    index = call("RB.compare.takeIndex", index_of(site, calendar, months, records))
    files: dict[str, Content] = {f"{FOLDER}/index.js": index}
    for month in months:
        files |= month.files
    return Part({"compare.md": _page(site, calendar, newest)}, files, [("Compare", "compare.md")])


def _page(site: Site, calendar: Calendar, newest: Newest | None) -> str:
    runs = len(calendar.month_of)
    body = site.jinja.get_template("compare.html").render(runs=runs, newest=newest, folder=FOLDER)
    return shell("Compare", body, searched=False)
