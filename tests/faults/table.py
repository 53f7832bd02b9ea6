"""The campaign's table in docs/reliability.md: fault, tries, survived, lost, and the test that makes the row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from .campaign import Result
from .project import CHECKOUT

PAGE = CHECKOUT / "docs" / "reliability.md"
HEAD = "| Fault | Tries | Survived | Lost | Test |\n| --- | ---: | ---: | ---: | --- |"


def table(group: str, results: Iterable[Result]) -> str:
    """A row for each fault of the group."""
    return "\n".join([HEAD, *(_row(group, result) for result in results)])


def _row(group: str, result: Result) -> str:
    test = f"`tests/faults/test_{group}.py::test_survives[{result.fault.slug}]`"
    if not result.fault.short:
        test = f"the whole campaign only: `python -m tests.faults --only '{result.fault.name}'`"
    if result.missing:
        return f"| {result.fault.name} | not tried: {result.missing} | | | {test} |"
    return f"| {result.fault.name} | {len(result.outcomes)} | {result.survived} | {result.lost} | {test} |"


def write(group: str, results: Iterable[Result], command: str) -> Path:
    """Put the group's table between its marks on the page, with the command and the day; the others stay."""
    begin, end = f"<!-- {group}: begin -->", f"<!-- {group}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    before, found, rest = page.partition(begin)
    if not found:
        before, rest = f"{page.rstrip()}\n\n### {group.capitalize()}\n\n", f"{end}\n"
    _, _, after = rest.partition(end)
    told = f"By `{command}` on {datetime.now(UTC):%Y-%m-%d}:"
    PAGE.write_text(f"{before}{begin}\n{told}\n\n{table(group, results)}\n{end}{after}", encoding="utf-8")
    return PAGE
