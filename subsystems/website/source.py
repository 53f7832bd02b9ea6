"""The plain folder that MkDocs builds the site from: written atomically, only what changed, nothing left over."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from pytest_relaybench.bundled import folder
from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_if_changed

from .experiment_page import experiment_page
from .experiments import Experiment, experiments_of
from .inert import plain
from .machine import machine_page
from .nights import nights_of
from .pages import figures_page, overview_page, runs_page, scores_page
from .regressions import is_told, regressions_page
from .templates import templates
from .told import Told, told_of

Content = Mapping[str, bytes | Path]  # path inside the folder → what it holds, or the file it is a copy of


def source_of(dashboard: Dashboard, own_name: str) -> dict[str, bytes | Path]:
    """Every file of the folder: mkdocs.yml, overrides, pages, data, graphs, static files."""
    jinja = templates()
    nights = nights_of(dashboard)
    experiments = experiments_of(dashboard, nights)
    told = told_of(dashboard, own_name)
    pages = {
        "index.md": overview_page(jinja, dashboard, experiments, nights, told),
        **_regressions(jinja, dashboard, experiments, told),
        **_machine(jinja, dashboard, told),
        "runs.md": runs_page(jinja, experiments, nights),
        **({"scores.md": scores_page(jinja, told, dashboard.run_id)} if told.scores else {}),
        **({"figures.md": figures_page(jinja, told)} if told.figures else {}),
        **{f"experiments/{e.slug}.md": experiment_page(jinja, e, dashboard.run_id) for e in experiments},
    }
    site = folder("site")
    return {
        "mkdocs.yml": settings(dashboard.home.config.title, told).encode(),
        **_copies(site / "overrides", "overrides"),
        **_copies(site / "assets", "docs/static"),
        **{f"docs/{path}": text.encode() for path, text in pages.items()},
        **{path: content for e in experiments for path, content in _files_of(dashboard, e).items()},
        **_files_told(told),
    }


def _regressions(
    jinja: Environment, dashboard: Dashboard, experiments: Sequence[Experiment], told: Told
) -> dict[str, str]:
    """The page of incidents, where there is something to tell of them."""
    if not is_told(told.incidents):
        return {}
    slugs = {experiment.name: experiment.slug for experiment in experiments}
    return {"regressions.md": regressions_page(jinja, dashboard, told.incidents, slugs)}


def _machine(jinja: Environment, dashboard: Dashboard, told: Told) -> dict[str, str]:
    """The page of the machine, where it was ever measured by itself."""
    if told.machine is None:
        return {}
    return {"machine.md": machine_page(jinja, dashboard, told.machine, told.incidents)}


def settings(title: str, told: Told) -> str:
    """The site's mkdocs.yml, complete in itself; `title` is text, and the theme prints it as HTML."""
    base: dict[str, Any] = yaml.safe_load((folder("site") / "mkdocs.base.yml").read_text(encoding="utf-8"))
    theme = {**base.pop("theme"), "custom_dir": "overrides"}
    feeds = [{"file": feed.path.name, "format": feed.format, "type": feed.media_type} for feed in told.feeds.files]
    own = {
        "site_name": html.escape(" ".join(plain(title).split())) or "Relay Dashboard",
        "docs_dir": "docs",
        "site_dir": "site",
        "nav": [{name: page} for name, page in _navigation(told)],
        "extra": {**base.pop("extra"), "feeds": feeds},
    }
    text: str = yaml.safe_dump({**own, "theme": theme, **base}, sort_keys=False, allow_unicode=False)
    return text


def _navigation(told: Told) -> Iterator[tuple[str, str]]:
    """Only pages that there are."""
    yield "Overview", "index.md"
    if is_told(told.incidents):
        yield "Regressions", "regressions.md"
    if told.scores:
        yield "Scores", "scores.md"
    if told.figures:
        yield "Figures", "figures.md"
    if told.machine:
        yield "Machine", "machine.md"
    yield "Runs", "runs.md"


def _files_of(dashboard: Dashboard, experiment: Experiment) -> dict[str, bytes | Path]:
    files: dict[str, bytes | Path] = {
        f"docs/graphs/{experiment.slug}/{graph.file}": graph.path
        for graph in (*experiment.graphs, *experiment.telemetry_graphs)
    }
    if experiment.record:
        record_file = dashboard.home.data_file(experiment.name, experiment.record.run_id)
        files[f"docs/data/{experiment.slug}.json"] = record_file
    if experiment.history.series:
        files[f"docs/data/{experiment.slug}.csv"] = experiment.csv
    return files


def _files_told(told: Told) -> dict[str, bytes | Path]:
    return {
        **{f"docs/scores/{score.slug}/{graph.file}": graph.path for score in told.scores for graph in score.graphs},
        **{f"docs/{figure.place(path)}": path for figure in told.figures for path in figure.files},
        **{f"docs/{feed.path.name}": feed.path for feed in told.feeds.files},
    }


def _copies(root: Path, place: str) -> dict[str, Path]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {f"{place}/{path.relative_to(root).as_posix()}": path for path in files}


def write_folder(root: Path, content: Content) -> int:
    """Make `root` hold exactly `content`; return how many files were written or removed."""
    wanted = {root / path: held for path, held in content.items()}
    changed = sum(write_if_changed(path, _bytes(held)) for path, held in wanted.items())
    extra = [path for path in root.rglob("*") if not path.is_dir() and path not in wanted]
    for path in extra:
        path.unlink()
    _remove_empty(root)
    return changed + len(extra)


def _bytes(held: bytes | Path) -> bytes:
    return held if isinstance(held, bytes) else held.read_bytes()


def _remove_empty(root: Path) -> None:
    folders = [path for path in root.rglob("*") if path.is_dir()]
    for path in sorted(folders, reverse=True):
        if not any(path.iterdir()):
            shutil.rmtree(path)
