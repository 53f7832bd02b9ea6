"""Built pages as tests read them: as HTML, or as a person sees them."""

from __future__ import annotations

import html
import re
from pathlib import Path


def page_of(site: Path, name: str = "index") -> str:
    """The HTML of a page."""
    return (site / f"{name}.html").read_text(encoding="utf-8")


def shown(part: str) -> str:
    """A piece of HTML as a person reads it, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).replace("\xa0", " ").split())
