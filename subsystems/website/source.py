"""The plain folder that MkDocs builds the site from: written atomically, only what changed, nothing left over."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from pytest_relaybench.bundled import folder
from pytest_relaybench.dashboard import Dashboard

from .about_page import about
from .compare.page import compare
from .experiment_page import experiment_pages
from .figures_page import figures
from .inert import plain
from .kept import NOTED, Content, Kept
from .machines.page import machines
from .overview import overview
from .regressions import regressions
from .runs.page import runs
from .scores_page import scores
from .site import Part, Site, site_of
from .subsystems_page import subsystems
from .sync import remove, write_changed
from .told import Told

PARTS: Sequence[Callable[[Site], Part]] = (
    overview,
    regressions,
    compare,
    scores,
    figures,
    machines,
    runs,
    subsystems,
    about,
    experiment_pages,
)  # in the order of the navigation


def source_of(dashboard: Dashboard, own_name: str, kept: Kept | None = None) -> dict[str, Content]:
    """Every file of the folder: mkdocs.yml, overrides, pages, data, graphs, static files.

    Without `kept` all of it is made anew and held in memory.
    """
    if dashboard.run_id:
        dashboard.verdicts()  # judging writes to the table, which nobody may while it is kept open
    with dashboard.table.reading():
        site = site_of(dashboard, own_name, kept)
        parts = [part(site) for part in PARTS]
    sources = folder("site")
    return {
        "mkdocs.yml": settings(dashboard.home.config.title, site.told, parts).encode(),
        **_copies(sources / "overrides", "overrides"),
        **_copies(sources / "assets", "docs/static"),
        **{f"docs/{path}": text.encode() for part in parts for path, text in part.pages.items()},
        **{f"docs/{path}": content for part in parts for path, content in part.files.items()},
        **{f"docs/{feed.path.name}": feed.path for feed in site.told.feeds.files},
    }


def settings(title: str, told: Told, parts: Sequence[Part]) -> str:
    """The site's mkdocs.yml, complete in itself; `title` is text, and the theme prints it as HTML."""
    base: dict[str, Any] = yaml.safe_load((folder("site") / "mkdocs.base.yml").read_text(encoding="utf-8"))
    theme = {**base.pop("theme"), "custom_dir": "overrides"}
    feeds = [(feed.path.name, feed.format, feed.media_type) for feed in told.feeds.files]
    feeds += [(feed.file, feed.format, feed.media_type) for part in parts for feed in part.feeds]
    links = [{"file": file, "format": name, "type": media_type} for file, name, media_type in feeds]
    own = {
        "site_name": html.escape(" ".join(plain(title).split())) or "Relay Dashboard",
        "docs_dir": "docs",
        "site_dir": "site",
        "nav": [{label: page} for part in parts for label, page in part.nav],
        "extra": {**base.pop("extra"), "feeds": links},
    }
    text: str = yaml.safe_dump({**own, "theme": theme, **base}, sort_keys=False, allow_unicode=False)
    return text


def _copies(root: Path, place: str) -> dict[str, Path]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {f"{place}/{path.relative_to(root).as_posix()}": path for path in files}


def write_folder(root: Path, content: Mapping[str, Content]) -> int:
    """Make `root` hold exactly `content`; return how many files were written or removed.

    Pages come last: when one appears, what it shows is there.
    """
    order = sorted(content, key=lambda name: (name.endswith(".md"), name))
    changed = write_changed(root, {name: content[name] for name in order}, root)
    held = (path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir())
    extra = sorted(set(held) - {*content, NOTED})
    remove(root, extra)
    return changed + len(extra)
