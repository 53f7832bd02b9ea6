"""Asks axe-core what a reader with a screen reader, or with weak eyes, would stumble over on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
MOST_TOLD = 3  # places of one fault that are named
OPTIONS = {"resultTypes": ["violations"], "preload": False}  # what it would fetch first, a page from a file cannot
MOST_ROWS = 20  # of a table or list, and cells of a row; more are alike, and seven hundred nights would take a minute
SHORTENED = """most => document.querySelectorAll("tbody, ul, ol, tr").forEach(
  part => [...part.children].slice(most).forEach(row => row.remove())
)"""
TRANSITIONS = "*, *::before, *::after { transition: none !important; animation: none !important }"


def violations(page: Page, context: str | None = None, *, rules: Sequence[str] | None = None) -> list[str]:
    """Each broken rule as `rule (impact), n places: selector: what is wrong`; of the whole page, or below `context`.

    All rules that axe-core has on by default: WCAG 2 A and AA, and its best practices; `rules` are the only ones, where
    given. Parts that are folded are opened first, since nothing is said of what is not displayed, and the ends of long
    tables and lists are cut off: the page is of no use afterwards.
    """
    page.add_style_tag(content=TRANSITIONS)  # half-way through a fade every text has too little contrast
    page.evaluate(SHORTENED, MOST_ROWS)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    options = {**OPTIONS, "runOnly": list(rules)} if rules else OPTIONS
    found = AXE.run(page, context, options).response["violations"]
    return [_told(one) for one in found]


def _told(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    places = "; ".join(f"{_selector(node)}: {_fault(node)}" for node in nodes[:MOST_TOLD])
    return f"{violation['id']} ({violation['impact']}), {len(nodes)} places: {places}"


def _selector(node: dict[str, Any]) -> str:
    return " ".join(str(part) for part in node["target"])


def _fault(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return str(checks[0]["message"]) if checks else ""
