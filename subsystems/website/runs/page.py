"""Every run: the newest in full, all of a year on a page of its own that stays as it is once the year is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from urllib.parse import quote

from pytest_relaybench.detect import Kind
from pytest_relaybench.render.format import count_text

from ..nights import NEWEST, Night
from ..shell import shell
from ..site import Part, Site
from ..templates import machine_words
from .kept_files import KeptFile, KeptFiles, kept_files
from .outcomes import outcomes_of
from .verdict_counts import kinds_of

# of verdicts the notable ones, the gravest first; the others are only counted
NOTABLE = (Kind.BROKEN, Kind.SLOWER, Kind.MISSING, Kind.MACHINE, Kind.FASTER)


@dataclass(frozen=True)
class RunRow:
    """A run with what its row tells beside `run.json`; `before` is the run before it, None for the first of all."""

    night: Night
    before: Night | None
    files: Sequence[KeptFile]
    kinds: Mapping[str, int]  # series by the word of their verdict; empty where nobody kept it

    @property
    def verdicts(self) -> list[tuple[str, str]]:
        """Words and style of each kind of verdict that somebody may want to look at."""
        return [(f"{self.kinds[kind]} {kind}", kind.value) for kind in NOTABLE if self.kinds.get(kind)]

    @property
    def judged(self) -> int:
        """How many series have a verdict."""
        return sum(self.kinds.values())

    @property
    def lost(self) -> int:
        """How many of its files are not there."""
        return sum(not file.size for file in self.files)

    @property
    def files_text(self) -> str:
        """In short: `2 of 3 files`."""
        there = len(self.files) - self.lost
        return count_text(there, "file") if not self.lost else f"{there} of {count_text(len(self.files), 'file')}"

    @property
    def compare(self) -> str:
        """The query of the page that compares it with the run before; empty where there is nothing to compare."""
        return f"candidate={quote(self.night.run_id)}" if self.before and not self.night.alarm else ""

    @property
    def replay(self) -> str:
        """The command that runs the same order again; empty where the seed is not known."""
        seed = self.night.seed
        return "" if seed is None else f"pytest bench/ --home HOME --run-seed {seed}"


def runs(site: Site) -> Part:
    """The newest runs, with a square for each experiment and night, and a page for each year."""
    rows = _rows(site.nights, kept_files(site.dashboard.home, site.dashboard.run_id))
    newest = [replace(row, kinds=row.kinds or kinds_of(site.dashboard, row.night.run_id)) for row in rows[:NEWEST]]
    years = {year: list(found) for year, found in groupby(rows, key=lambda row: row.night.year)}
    pages = {"runs.md": shell("Runs", _newest(site, newest, years), searched=False)}
    for year, found in years.items():
        body = site.jinja.get_template("runs_year.html").render(year=year, rows=found, **_machines(found))
        pages[f"runs/{year}.md"] = shell(f"Runs of {year}", body, searched=False)
    return Part(pages, nav=[("Runs", "runs.md")])


def _rows(nights: Sequence[Night], files: KeptFiles) -> list[RunRow]:
    pairs = zip_longest(nights, nights[1:])  # the first of all has none before it
    return [RunRow(night, before, files.of(night), night.verdicts) for night, before in pairs]


def _newest(site: Site, rows: Sequence[RunRow], years: Mapping[str, Sequence[RunRow]]) -> str:
    return site.jinja.get_template("runs.html").render(
        rows=rows,
        total=len(site.nights),
        years=[(year, len(found)) for year, found in years.items()],
        outcomes=outcomes_of([row.night for row in rows]),
        linked=set(site.slugs),
        **_machines(rows),
    )


def _machines(rows: Sequence[RunRow]) -> dict[str, str]:
    """The machine in words where it is the same in all rows, so that no column needs to repeat it."""
    words = {machine_words(row.night.machine) for row in rows}
    return {"one_machine": words.pop() if len(words) == 1 else ""}
