"""Follows all that a built site names, in raw HTML, styles, data and feeds too, where `mkdocs --strict` never looks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

ATTRIBUTES = ("href", "src", "data-src", "action", "poster", "formaction", "xlink:href")
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "headers", "list")
IN_STYLE = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)|@import\s+["']([^"']+)["']""")
FORGES = ("https://github.com/", "https://gitlab.com/", "https://codeberg.org/")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.references: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.names: set[str] = set()
        self.data: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.links += [told[name] for name in ATTRIBUTES if name in told]
        self.links += [one.split()[0] for one in told.get("srcset", "").split(",") if one.strip()]
        self.links += _in_style(told.get("style", ""))
        self.references += [(name, part) for name in REFERENCES for part in told.get(name, "").split()]
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "a" and "name" in told:
            self.names.add(told["name"])
        self._inside = tag if tag == "style" or told.get("type") == "application/json" else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.links += _in_style(data)
        elif self._inside == "script":
            self.data.append(data)


@dataclass
class Findings:
    """What was wrong; each entry names the file and what is in it."""

    pages: int = 0
    links: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)
    outside: list[tuple[str, str]] = field(default_factory=list)
    forges: list[tuple[str, str]] = field(default_factory=list)  # outside, too, but meant
    dangling: list[tuple[str, str]] = field(default_factory=list)  # ids that a label or a control names
    doubled: list[tuple[str, str]] = field(default_factory=list)  # ids that a page has twice


def check_links(root: Path, *, without: tuple[str, ...] = ("source",)) -> Findings:
    """Every file of the site under `root`, but not in the folders `without`."""
    return _Check(root.resolve(), without).run()


class _Check:
    def __init__(self, root: Path, without: tuple[str, ...]) -> None:
        files = [path for path in sorted(root.rglob("*")) if path.is_file()]
        self.root = root
        self.files = {path for path in files if path.relative_to(root).parts[0] not in without}
        self.pages = {path: _read(path) for path in sorted(self.files) if path.suffix == ".html"}
        self.ids = {path: {*page.ids, *page.names} for path, page in self.pages.items()}
        self.found = Findings(pages=len(self.pages))

    def run(self) -> Findings:
        for path, page in self.pages.items():
            self._page(path, page)
        for path in sorted(self.files):
            for link in self._links_of_file(path):
                self._follow(path, link)
        return self.found

    def _page(self, path: Path, page: _Page) -> None:
        name = self._name(path)
        for link in page.links:
            self._follow(path, link)
        for link in (link for text in page.data for link in _in_data(json.loads(text))):
            self._follow(path, link)
        known = self.ids[path]
        self.found.dangling += [(name, f"{kind}={to}") for kind, to in page.references if to not in known]
        self.found.doubled += [(name, one) for one in sorted({one for one in page.ids if page.ids.count(one) > 1})]

    def _links_of_file(self, path: Path) -> Iterator[str]:
        name = self._name(path)
        if path.suffix == ".css":
            yield from _in_style(path.read_text(encoding="utf-8"))
        elif path.name == "search_index.json":
            # as the theme does, from the page that searches: the root
            yield from (f"../{entry['location']}" for entry in json.loads(path.read_bytes())["docs"])
        elif name.endswith((".xml", "feed.json", "regressions.json")) and "/" not in name:
            yield from _in_feed(path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _follow(self, path: Path, link: str) -> None:
        self.found.links += 1
        parts = urlsplit(link)
        where = (self._name(path), link)
        if parts.scheme in {"data", "urn"}:
            return
        if parts.scheme or parts.netloc:
            (self.found.forges if link.startswith(FORGES) else self.found.outside).append(where)
        elif not self._is_there(path, unquote(parts.path), unquote(parts.fragment)):
            self.found.broken.append(where)

    def _is_there(self, path: Path, target: str, fragment: str) -> bool:
        file = (path.parent / target).resolve() if target else path
        file = file / "index.html" if file.is_dir() else file
        return file in self.files and (not fragment or file not in self.ids or fragment in self.ids[file])


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _in_style(text: str) -> list[str]:
    return ["".join(found).strip() for found in IN_STYLE.findall(text)]


def _in_data(content: Any, base: str = "") -> Iterator[str]:
    """Files that data for scripts names: `file` of any entry, below the nearest `base` around it."""
    if isinstance(content, dict):
        base = content["base"] if isinstance(content.get("base"), str) else base
        if isinstance(content.get("file"), str):
            yield f"{base}{content['file']}"
    if isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _in_data(part, base)


def _in_feed(path: Path) -> Iterator[str]:
    """Addresses in an Atom or JSON feed, those in the HTML of its entries included."""
    if path.suffix == ".json":
        feed = json.loads(path.read_bytes())
        yield from (feed[name] for name in ("home_page_url", "feed_url") if name in feed)
        bodies = [item.get("content_html", "") for item in feed.get("items", ())]
        yield from (item["url"] for item in feed.get("items", ()) if "url" in item)
    else:
        tree = list(ElementTree.parse(path).getroot().iter())
        yield from (one.attrib["href"] for one in tree if "href" in one.attrib)
        bodies = [one.text or "" for one in tree if one.tag.endswith("content")]
    for body in bodies:
        page = _Page()
        page.feed(body)
        yield from page.links
