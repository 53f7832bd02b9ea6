"""The gate on a terminal: what fails, what people accepted, and the closing line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..detect import Kind
from ..render.format import count_text
from ..reports.shortening import clean
from ..text_table import aligned
from .result import Finding, GateResult

HEADER = ["series", "base", "now", "change", "interval", "rule"]
MOST_ROWS, MOST_QUIET = 40, 10


def gate_lines(result: GateResult) -> Iterator[str]:
    """All that the gate has to say, the verdict last; nothing in a name moves the cursor or begins a line."""
    for line in _lines(result):
        yield clean(line).replace("\n", " ")


def _lines(result: GateResult) -> Iterator[str]:
    failing = result.failing
    if failing:
        yield from aligned(_without_empty([HEADER, *map(_row, failing[:MOST_ROWS])]))
        if len(failing) > MOST_ROWS:
            yield f"and {len(failing) - MOST_ROWS} more"
    yield from quiet_lines(result)
    yield f"gate {result.status}: {result.headline}"


def quiet_lines(result: GateResult) -> Iterator[str]:
    """What does not fail but should not be passed over, a line each."""
    accepted = [f"accepted: {one.name} {one.change} ({told_decision(one)})" for one in result.having("accepted")]
    unsure = [f"not sure: {one.name} {one.change}: {one.rule}" for one in suspects(result.findings)]
    held = [f"held back: {one.name} {one.change}: {one.rule}" for one in held_back(result)]
    for lines in (accepted, unsure, held):
        yield from lines[:MOST_QUIET]
        if len(lines) > MOST_QUIET:
            yield f"and {len(lines) - MOST_QUIET} more"
    counts = Counter(finding.verdict for finding in result.findings if finding.outcome == "passes")
    by_event = counts[Kind.MACHINE] - len(held)
    for count, told in (
        (by_event, "held back, since the machine or the input changed"),
        (counts[Kind.MISSING], "missing"),
    ):
        if count:
            yield f"{count_text(count, 'series', 'series')} {told}"
    skipped = len(result.having("not compared"))
    if skipped and skipped < len(result.findings):
        yield f"{count_text(skipped, 'series', 'series')} had nothing to be compared with"
    yield from result.problems[0 if result.failing else 1 :]  # the headline tells the first where nothing else fails
    yield from result.notes


def suspects(findings: Iterable[Finding]) -> list[Finding]:
    """Series that look worse than tolerated and may be so by chance; they pass unless `--gate-on unsure`."""
    unsure = [finding for finding in findings if finding.outcome == "passes" and finding.verdict == Kind.UNSURE]
    return [finding for finding in unsure if _looks_worse(finding)]


def held_back(result: GateResult) -> list[Finding]:
    """Worse series whose verdict is `machine` for a reason of their own; what an event explains, its note tells."""
    passing = [one for one in result.findings if one.outcome == "passes" and one.verdict == Kind.MACHINE]
    return [one for one in passing if _looks_worse(one) and one.rule not in result.notes]


def told_decision(finding: Finding) -> str:
    """The incident and why it may be: `2026-11-20a: new layout`."""
    return ": ".join(filter(None, [finding.incident, finding.decision]))


def _looks_worse(finding: Finding) -> bool:
    near = finding.ci_high if finding.direction == "higher" else finding.ci_low
    return near is not None and (near < 1 if finding.direction == "higher" else near > 1)


def _without_empty(rows: list[list[str]]) -> list[list[str]]:
    """The rows less the columns that only the header fills."""
    kept = [column for column in range(len(HEADER)) if any(row[column] for row in rows[1:])]
    return [[row[column] for column in kept] for row in rows]


def _row(finding: Finding) -> list[str]:
    told = finding.told
    return [finding.name, told(finding.base), told(finding.now), finding.change, finding.interval, finding.rule]
