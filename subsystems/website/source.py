"""The plain folder that MkDocs builds the site from: written atomically, only what changed, nothing left over."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from pytest_relaybench.bundled import folder
from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_if_changed

from .experiment_page import experiment_pages
from .inert import plain
from .machine_page import machine
from .pages import figures, overview, runs, scores
from .regressions import regressions
from .site import Content, Part, Site, site_of
from .told import Told

PARTS: Sequence[Callable[[Site], Part]] = (
    overview,
    regressions,
    scores,
    figures,
    machine,
    runs,
    experiment_pages,
)  # in the order of the navigation


def source_of(dashboard: Dashboard, own_name: str) -> dict[str, Content]:
    """Every file of the folder: mkdocs.yml, overrides, pages, data, graphs, static files."""
    site = site_of(dashboard, own_name)
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


def settings(title: str, told: Told, parts: Iterable[Part]) -> str:
    """The site's mkdocs.yml, complete in itself; `title` is text, and the theme prints it as HTML."""
    base: dict[str, Any] = yaml.safe_load((folder("site") / "mkdocs.base.yml").read_text(encoding="utf-8"))
    theme = {**base.pop("theme"), "custom_dir": "overrides"}
    feeds = [{"file": feed.path.name, "format": feed.format, "type": feed.media_type} for feed in told.feeds.files]
    own = {
        "site_name": html.escape(" ".join(plain(title).split())) or "Relay Dashboard",
        "docs_dir": "docs",
        "site_dir": "site",
        "nav": [{label: page} for part in parts for label, page in part.nav],
        "extra": {**base.pop("extra"), "feeds": feeds},
    }
    text: str = yaml.safe_dump({**own, "theme": theme, **base}, sort_keys=False, allow_unicode=False)
    return text


def _copies(root: Path, place: str) -> dict[str, Path]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {f"{place}/{path.relative_to(root).as_posix()}": path for path in files}


def write_folder(root: Path, content: Mapping[str, Content]) -> int:
    """Make `root` hold exactly `content`; return how many files were written or removed."""
    wanted = {root / path: held for path, held in content.items()}
    changed = sum(write_if_changed(path, _bytes(held)) for path, held in wanted.items())
    extra = [path for path in root.rglob("*") if not path.is_dir() and path not in wanted]
    for path in extra:
        path.unlink()
    _remove_empty(root)
    return changed + len(extra)


def _bytes(held: Content) -> bytes:
    return held if isinstance(held, bytes) else held.read_bytes()


def _remove_empty(root: Path) -> None:
    folders = [path for path in root.rglob("*") if path.is_dir()]
    for path in sorted(folders, reverse=True):
        if not any(path.iterdir()):
            shutil.rmtree(path)
