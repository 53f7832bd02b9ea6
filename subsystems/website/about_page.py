"""The page about the whole: how verdicts come about and how often they are wrong, versions, vendored files, words."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_relaybench.bundled import folder

from .shell import shell
from .site import Part, Site

FACTS = "about.json"  # in the folder `site`; a test holds it to docs/statistics.md and docs/glossary.md
VENDORED = "vendor"
# what writes the site, and what its numbers come from
PROGRAMS = ("pytest-relaybench", "mkdocs", "mkdocs-material", "Jinja2", "Markdown", "duckdb", "numpy", "pandas")


@dataclass(frozen=True)
class Rates:
    """One table of measured error rates."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Vendored:
    """A package of which the site carries files; `licence_file` is where the site has its text."""

    name: str
    version: str
    licence: str
    why: str
    licence_file: str


def about(site: Site) -> Part:
    """One page, the same every night but for the versions."""
    facts = _facts()
    newest = next((night for night in site.nights if night.versions), None)
    body = site.jinja.get_template("about.html").render(
        verdicts=facts["verdicts"],
        rates=[_rates(table) for table in facts["error_rates"]],
        cannot_see=facts["cannot_see"],
        glossary=facts["glossary"],
        programs=versions(),
        newest=newest,
        vendored=vendored(),
        has_machines=bool(site.told.machines),
    )
    return Part({"about.md": shell("About", body)}, nav=[("About", "about.md")])


def versions() -> list[tuple[str, str]]:
    """Of this program, of what it builds the site with, and of Python, where they are installed."""
    found = [("Python", platform.python_version())]
    for name in PROGRAMS:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return found


def vendored() -> list[Vendored]:
    """The packages that VENDOR.json names."""
    entries = json.loads((_assets() / VENDORED / "VENDOR.json").read_bytes())
    return [_vendored(entry) for entry in entries]


def _vendored(entry: Mapping[str, Any]) -> Vendored:
    text = next((path for path in entry["files"] if Path(path).name.upper().startswith("LICEN")), "")
    place = f"static/{VENDORED}/{text}" if text else ""
    return Vendored(entry["name"], entry["version"], entry["licence"], entry["why"], place)


def _facts() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder("site") / FACTS).read_bytes())
    return content


def _assets() -> Path:
    return folder("site") / "assets"


def _rates(table: Mapping[str, Any]) -> Rates:
    return Rates(table["title"], table["note"], table["columns"], _filled(table["rows"]))


def _filled(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """With the first cell of the row above where a row leaves it out: each row is read by itself."""
    found: list[list[str]] = []
    for row in rows:
        found.append([row[0] or found[-1][0], *row[1:]])
    return found
