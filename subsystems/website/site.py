"""What every page is made from, and what a part of the site hands over: pages, files, places in the navigation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from jinja2 import Environment

from pytest_relaybench.dashboard import Dashboard

from .experiments import Experiment, experiments_of
from .nights import Night, nights_of
from .templates import templates
from .told import Told, told_of

Content = bytes | Path  # what a file holds, or the file it is a copy of


@dataclass(frozen=True)
class Site:
    """The home as its newest run leaves it, read once for all pages."""

    dashboard: Dashboard
    jinja: Environment
    experiments: Sequence[Experiment]
    nights: Sequence[Night]  # the newest first
    told: Told

    @cached_property
    def slugs(self) -> Mapping[str, str]:
        """Experiment → the name of its page and files."""
        return {experiment.name: experiment.slug for experiment in self.experiments}


@dataclass(frozen=True)
class Part:
    """What one part of the site consists of; all paths are below `docs`, where the pages are.

    `pages` are Markdown, `files` anything else, `nav` the label and page of each tab that it wants.
    """

    pages: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Content] = field(default_factory=dict)
    nav: Sequence[tuple[str, str]] = ()


def site_of(dashboard: Dashboard, own_name: str) -> Site:
    """Read the home for the subsystem called `own_name`."""
    nights = nights_of(dashboard)
    return Site(dashboard, templates(), experiments_of(dashboard, nights), nights, told_of(dashboard, own_name))
