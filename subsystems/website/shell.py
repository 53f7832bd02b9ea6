"""The Markdown around the HTML of a page: front matter, one heading, one block."""

from __future__ import annotations

from .inert import heading

SHELL = """---
hide:
  - navigation
  - toc
{more}---

# {title}

{body}
"""


def shell(title: str, body: str, *, searched: bool = True) -> str:
    """A Markdown page of one heading and one HTML block; `title` is text of any origin."""
    more = "" if searched else "search:\n  exclude: true\n"
    return SHELL.format(title=heading(title) or "Untitled", body=body, more=more)
