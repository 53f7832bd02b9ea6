"""As much of Markdown as checking our own pages takes: links, headings, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_FENCE = re.compile(r"^(```+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


def _prose(path: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> Iterator[str]:
    """Targets of the links and pictures of a page, those in code left out."""
    yield from _LINK.findall(_CODE.sub("", _prose(path)))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(_prose(path)))
    return {word.strip().replace(" ", "-") for word in words}


def rows(path: Path) -> list[list[str]]:
    """The cells of every table row of a page, headers and rules included."""
    return [[cell.strip() for cell in row.split("|")] for row in _ROW.findall(_prose(path))]
