"""Tests that were skipped, each reason once: an engine that is not installed skips many for the same one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_relaybench.history.records import TestOutcome

from .inert import plain

NO_REASON = "no reason given"


@dataclass(frozen=True)
class Skipped:
    """Tests that were skipped for the same reason."""

    reason: str
    tests: Sequence[TestOutcome]


def skips_of(tests: Iterable[TestOutcome]) -> list[Skipped]:
    """The skipped tests by reason, the reason of most tests first."""
    groups: dict[str, list[TestOutcome]] = {}
    for test in tests:
        if test.outcome == "skipped":
            groups.setdefault(plain(test.message).strip() or NO_REASON, []).append(test)
    return sorted((Skipped(reason, found) for reason, found in groups.items()), key=lambda group: -len(group.tests))
