"""The campaign's table in docs/reliability.md: fault, tries, survived, lost, and the test that makes the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from .campaign import Result
from .project import CHECKOUT

PAGE = CHECKOUT / "docs" / "reliability.md"
BEGIN, END = "<!-- campaign: begin -->", "<!-- campaign: end -->"
HEAD = "| Fault | Tries | Survived | Lost | Test |\n| --- | ---: | ---: | ---: | --- |"


def table(results: Mapping[str, Iterable[Result]]) -> str:
    """A heading and a table for each group of faults."""
    parts = []
    for group, members in results.items():
        rows = [_row(group, result) for result in members]
        parts.append("\n".join([f"### {group.capitalize()}", "", HEAD, *rows]))
    return "\n\n".join(parts)


def _row(group: str, result: Result) -> str:
    test = f"`tests/faults/test_{group}.py::test_survives[{result.fault.slug}]`"
    if not result.fault.short:
        test = f"the whole campaign only: `python -m tests.faults --only '{result.fault.name}'`"
    if result.missing:
        return f"| {result.fault.name} | not tried: {result.missing} | | | {test} |"
    return f"| {result.fault.name} | {len(result.outcomes)} | {result.survived} | {result.lost} | {test} |"


def write(text: str, command: str) -> Path:
    """Put the table between the page's marks, with the command and the day."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    told = f"Written by `{command}` on {datetime.now(UTC):%Y-%m-%d}. Lost: finished measurements that no record has."
    PAGE.write_text(f"{before}{BEGIN}\n{told}\n\n{text}\n{END}{after}", encoding="utf-8")
    return PAGE
