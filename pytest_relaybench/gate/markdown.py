"""The gate as Markdown, small enough for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..render.format import count_text
from ..reports.shortening import one_line, shortened
from .result import Finding, GateResult
from .terminal import suspects, told_decision

MOST_ROWS = 50  # of a table
LONGEST_CELL = 200
HEADER = ("series", "base", "now", "change", "interval", "verdict", "why")

# as entities nothing is markup, in whatever dialect; letters, digits and these need none
_PLAIN = re.compile(r"[^\w\s.,:;%+/=()–—×−…→µ°-]|_")


def gate_markdown(result: GateResult) -> str:
    """A heading, the series that fail, and the rest folded away."""
    return "\n".join(_lines(result)).rstrip("\n") + "\n"


def _lines(result: GateResult) -> Iterator[str]:
    yield from (f"### Gate {result.status}: {text(result.headline)}", "")
    for line in (*result.problems, *result.notes):
        yield f"- {text(line)}"
    if result.problems or result.notes:
        yield ""
    failing = result.failing
    if failing:
        yield from (*_table(failing), "")
    accepted = result.having("accepted")
    yield from _folded(count_text(len(accepted), "accepted series", "accepted series"), accepted)
    unsure = suspects(result.findings)
    yield from _folded(f"{len(unsure)} not sure", unsure)
    others = [one for one in result.findings if one.outcome in ("passes", "not compared") and one not in unsure]
    yield from _folded(f"{len(others)} others", others)
    yield f"Held against: {text(', '.join(_bases(result.findings)) or 'nothing')}."


def _folded(title: str, findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        yield from (f"<details><summary>{text(title)}</summary>", "", *_table(findings), "", "</details>", "")


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    yield "| " + " | ".join(HEADER) + " |"
    yield "|---|---:|---:|---:|---|---|---|"
    for finding in findings[:MOST_ROWS]:
        yield "| " + " | ".join(_cells(finding)) + " |"
    if len(findings) > MOST_ROWS:
        yield from ("", f"and {len(findings) - MOST_ROWS} more")


def _cells(finding: Finding) -> list[str]:
    why = told_decision(finding) if finding.outcome == "accepted" else finding.rule
    values = [finding.told(finding.base), finding.told(finding.now), finding.change, finding.interval]
    # in <code> no name of a test calls a person or links an issue
    return [f"<code>{text(finding.name)}</code>", *map(text, [*values, finding.verdict, why])]


def _bases(findings: Sequence[Finding]) -> list[str]:
    told = [f"{finding.against} ({finding.source})" for finding in findings if finding.against]
    return list(dict.fromkeys(told))[:MOST_ROWS]


def text(raw: str) -> str:
    """The text in one line of a cell, as text: no Markdown, no HTML, no mention of a person."""
    return _PLAIN.sub(lambda found: f"&#{ord(found.group())};", shortened(one_line(raw), LONGEST_CELL)).replace(
        "&#64;",
        "&#64;&#8203;",  # a zero-width space: forges look for mentions in what is shown
    )
