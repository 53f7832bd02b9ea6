"""What every page is made from, and what a part of the site hands over: pages, files, places in the navigation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from jinja2 import Environment

from pytest_relaybench.dashboard import Dashboard

from .charts import Charting, Charts
from .experiments import Experiment, experiments_of, gravest_first
from .kept import Content, Kept
from .nights import Night, nights_of
from .stamps import Stamps, stamps_of
from .templates import templates
from .told import Told, told_of


@dataclass(frozen=True)
class Site:
    """The home as its newest run leaves it, read once for all pages."""

    dashboard: Dashboard
    jinja: Environment
    experiments: Sequence[Experiment]
    nights: Sequence[Night]  # the newest first
    told: Told
    charts: Mapping[str, Charts]  # by experiment; none of one that never measured anything
    kept: Kept = field(default_factory=Kept)
    own_name: str = "website"  # as the home calls the subsystem that writes the site

    @cached_property
    def stamps(self) -> Stamps:
        """Of the records behind the table."""
        return stamps_of(self.dashboard.table)

    @cached_property
    def slugs(self) -> Mapping[str, str]:
        """Experiment → the name of its page and files."""
        return {experiment.name: experiment.slug for experiment in self.experiments}

    @cached_property
    def _run_places(self) -> Mapping[str, str]:
        return {night.run_id: f"runs/{night.year}.html#{night.anchor}" for night in self.nights}

    def place_of_run(self, run_id: str) -> str:
        """The row of a run, as seen from the root, the same for ever; empty for a run that is not known."""
        return self._run_places.get(run_id, "")


class FeedOfPart(Protocol):
    """One file to subscribe to, below `docs`, as the head of a page names it."""

    @property
    def file(self) -> str:
        """Its path."""

    @property
    def format(self) -> str:
        """What it is, for people."""

    @property
    def media_type(self) -> str:
        """What it is, for programs."""


@dataclass(frozen=True)
class Part:
    """What one part of the site consists of; all paths are below `docs`, where the pages are.

    `pages` are Markdown, `files` anything else, `nav` the label and page of each tab that it wants. `feeds` names those
    of the files that every page tells feed readers of.
    """

    pages: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Content] = field(default_factory=dict)
    nav: Sequence[tuple[str, str]] = ()
    feeds: Sequence[FeedOfPart] = ()


def site_of(dashboard: Dashboard, own_name: str, kept: Kept | None = None) -> Site:
    """Read the home for the subsystem called `own_name`; without `kept` every file is made anew and held in memory."""
    kept = kept or Kept()
    nights = nights_of(dashboard)
    told = told_of(dashboard, own_name, nights)
    charting = Charting(dashboard, nights, told.incidents, kept)
    experiments, charts = [], {}
    for experiment, rows in experiments_of(dashboard, nights):
        experiments.append(experiment)
        if not rows.empty:
            charts[experiment.name] = charting.charts_of(experiment, rows)
    return Site(dashboard, templates(), gravest_first(experiments), nights, told, charts, kept, own_name)
