"""The Markdown around the HTML of a page: front matter, one heading, one block."""

from __future__ import annotations

from .inert import heading

SHELL = """---
hide:
  - navigation
  - toc
{more}---

# {title} {{ #rb-page }}

{body}
"""


def shell(title: str, body: str, *, searched: bool = True) -> str:
    """A Markdown page of one heading and one HTML block; `title` is text of any origin.

    The heading has an id of its own: one made from the title could be that of a part of the page.
    """
    more = "" if searched else "search:\n  exclude: true\n"
    return SHELL.format(title=heading(title) or "Untitled", body=body, more=more)
