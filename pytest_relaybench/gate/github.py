"""The gate as workflow commands of GitHub Actions: a mark beside the test's first line for each series that fails."""

from __future__ import annotations

from collections.abc import Iterator

from ..reports.shortening import clean
from .result import Finding, GateResult
from .terminal import suspects

MOST = 10  # of a kind in a step: the service shows no more

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def github_commands(result: GateResult) -> Iterator[str]:
    """One line each, to be printed at the start of a line; the last one of a kind tells of what is left out."""
    failing = result.failing
    problems = list(result.problems)
    room = MOST - len(problems)
    shown = failing if len(failing) <= room else failing[: room - 1]
    for line in problems:
        yield _command("error", line, title="gate")
    for finding in shown:
        yield _of("error", finding)
    if len(shown) < len(failing):
        yield _command("error", f"{len(failing) - len(shown)} more: {result.headline}", title="gate")
    for finding in suspects(result.findings)[:MOST]:
        yield _of("warning", finding)


def _of(level: str, finding: Finding) -> str:
    told = f"{finding.told(finding.base)} to {finding.told(finding.now)}" if finding.base is not None else ""
    interval = f" [{finding.interval}]" if finding.interval else ""
    change = f"{finding.change}{interval}" if finding.ratio is not None else ""
    against = f"against {finding.against}" if finding.against else ""
    message = ": ".join(filter(None, [" ".join(filter(None, [told, change, against])), finding.rule]))
    place = {"file": finding.file, "line": str(finding.line) if finding.line else None}
    return _command(level, message or finding.verdict, title=f"{finding.name}: {finding.fault}", **place)


def _command(level: str, message: str, **properties: str | None) -> str:
    told = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items() if value)
    return f"::{level} {told}::{_escaped(message, _DATA)}"


def _escaped(raw: str, marks: dict[str, str]) -> str:
    return "".join(marks.get(mark, mark) for mark in clean(raw))
