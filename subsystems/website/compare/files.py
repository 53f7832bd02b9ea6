"""The files of all months: those that stay, and those that are made, one experiment's values in memory at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_relaybench.history.table import Table
from pytest_relaybench.run_comparison.selecting import LOOKED_BACK

from ..kept import Content, Kept
from ..site import Site
from .calendar import Calendar
from .measurements import measurements_of
from .months import Builds, Cut, add_builds, cut_of, month_of_cuts
from .spreads import nightly_spreads
from .unchanged import Reach, Unchanged, reach_of


@dataclass(frozen=True)
class MonthFiles:
    """A month in UTC, as `2026-11`, with the ids of its runs, oldest first; `marks` are of its values and spreads."""

    name: str
    runs: Sequence[str]
    marks: tuple[str, str]
    files: Mapping[str, Content] = field(repr=False)


def files_of_months(site: Site, calendar: Calendar, folder: str) -> list[MonthFiles]:
    """Every month with a value, oldest first."""
    table, kept = site.dashboard.table, site.kept
    unchanged = Unchanged(kept, table, site.stamps)
    months = calendar.months()
    places = {name: (f"{folder}/{name}.js", f"{folder}/{name}-spread.js") for name in months}
    known = {name: unchanged.marks(name, places[name]) for name in months}
    wanted = {name: reach_of(calendar.runs, months[name][0]) for name, marks in known.items() if marks is None}
    builds: Builds = {}
    cuts = _cuts(table, calendar, kept, wanted, builds)
    found = []
    for name, runs in months.items():
        marks = known[name]
        if marks is not None:
            files = {place: kept.keep(place) for place in places[name]}
        else:
            month = month_of_cuts(name, calendar.runs, cuts, builds)
            marks = month.marks
            contents = (month.values, month.spreads)
            files = {place: kept.put(place, "", one) for place, one in zip(places[name], contents, strict=True)}
            unchanged.made(name, marks, wanted[name])
        found.append(MonthFiles(name, runs, marks, files))
    unchanged.remember()
    return found


def _cuts(table: Table, calendar: Calendar, kept: Kept, wanted: Mapping[str, Reach], builds: Builds) -> list[Cut]:
    """What each experiment has in the wanted months, whose reaches are widened; all but one lie on the disk."""
    if not wanted:
        return []
    month_of = {run: month for run, month in calendar.month_of.items() if month in wanted}
    first = calendar.runs[max(0, calendar.runs.index(min(month_of)) - LOOKED_BACK)]
    cuts = []
    for experiment in calendar.experiments:
        found = measurements_of(table, experiment, calendar.runs, first)
        spreads = nightly_spreads(found)
        cut = cut_of(found, spreads, month_of)
        for month, rows in cut.places.items():
            wanted[month].widen(found, spreads, rows)
        add_builds(builds, found)
        cuts.append(Cut(cut.series, kept.aside(cut.rows), cut.parts))
    return [cut for cut in cuts if cut.parts]
