"""Follows every link and asset of built HTML pages, which `mkdocs build --strict` does not do inside raw HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ATTRIBUTES = ("href", "src", "data-src", "action", "poster", "srcset", "formaction")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ATTRIBUTES and value is not None:
                self.links.append(value)
            if name in ("id", "name") and value:
                self.ids.add(value)


@dataclass
class Findings:
    """What was wrong: `broken` and `outside` name page and link."""

    pages: int = 0
    links: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)
    outside: list[tuple[str, str]] = field(default_factory=list)


def check_links(root: Path, *, without: tuple[str, ...] = ("source",)) -> Findings:
    """Every page under `root`, but not in the folders `without`."""
    files = [path for path in sorted(root.rglob("*.html")) if path.relative_to(root).parts[0] not in without]
    pages = {path: _read(path) for path in files}
    found = Findings(pages=len(pages))
    for path, page in pages.items():
        for link in page.links:
            found.links += 1
            parts = urlsplit(link)
            where = (str(path.relative_to(root)), link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                found.outside.append(where)
            elif not _exists(path, unquote(parts.path), parts.fragment, pages):
                found.broken.append(where)
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _exists(page: Path, target: str, fragment: str, pages: dict[Path, _Page]) -> bool:
    file = (page.parent / target).resolve() if target else page.resolve()
    if file.is_dir():
        file = file / "index.html"
    if not file.is_file():
        return False
    ids = next((known.ids for path, known in pages.items() if path.resolve() == file), None)
    return not fragment or ids is None or unquote(fragment) in ids
