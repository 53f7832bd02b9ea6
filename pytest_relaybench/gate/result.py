"""What the gate says: one finding a series, and whether the build may pass."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter

from ..config import INSTALLED
from ..history.records import canonical
from ..incidents.naming import series_name
from ..render.format import change_text, count_text, value_text

SCHEMA = 1
MOST_NAMED = 3  # series that the one-line headline names

Outcome = Literal["fails", "passes", "accepted", "not compared"]


@dataclass(frozen=True)
class Finding:
    """One series of the gated set; numbers are None where there is none, `ratio` is now over base."""

    experiment: str
    test: str
    params: dict[str, Any]
    metric: str
    variant: str
    machine: str
    unit: str
    direction: str
    source: str  # what it was held against: "side by side", "baseline", "history"
    against: str  # the same for people: the build, the file, the run
    verdict: str
    outcome: Outcome
    rules: tuple[str, ...]  # why, a line each
    base: float | None
    now: float | None
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    limit: float | None
    is_beyond_limit: bool = False
    since: str | None = None
    incident: str | None = None
    decision: str = ""  # why people let it pass
    nodeid: str | None = None
    file: str | None = None  # relative to the repository, with `/`
    line: int | None = None

    @property
    def name(self) -> str:
        """As people type it: `matmul/test_matmul[256]/time`; side by side without the build, which is tonight's."""
        variant = INSTALLED if self.source == "side by side" else self.variant
        return series_name((self.experiment, self.test, canonical(self.params), self.metric, variant, self.machine))

    @property
    def change(self) -> str:
        """`+8.2 %`, or the two values where they have no ratio."""
        if self.ratio is not None:
            return change_text(self.ratio)
        if self.base is None or self.now is None:
            return "–"
        return f"{value_text(self.base, self.unit)} → {value_text(self.now, self.unit)}"

    @property
    def short(self) -> str:
        """Name and change, or name and rule where nothing changed."""
        return f"{self.name} {self.change if self.verdict == 'slower' or not self.rules else self.rules[0]}"

    @property
    def interval(self) -> str:
        """`+6.9 % to +9.4 %`, nothing where none is known or it has no width to speak of."""
        if self.ci_low is None or self.ci_high is None or change_text(self.ci_low) == change_text(self.ci_high):
            return ""
        return f"{change_text(self.ci_low)} to {change_text(self.ci_high)}"

    @property
    def rule(self) -> str:
        """Why, in one line."""
        return "; ".join(self.rules)

    @property
    def fault(self) -> str:
        """What is wrong with it, in a word: `limit`, or the verdict."""
        return "limit" if self.is_beyond_limit else self.verdict

    def told(self, value: float | None) -> str:
        """A value of this series with its unit; a dash for none."""
        return value_text(math.nan if value is None else value, self.unit)


@dataclass(frozen=True)
class GateResult:
    """The whole gate: `problems` made it fail whatever the series say, `notes` did not."""

    status: Literal["passed", "failed"]
    run_id: str
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fails_on: tuple[str, ...] = ()
    schema: int = field(default=SCHEMA)

    @property
    def failed(self) -> bool:
        """Whether the build may not pass."""
        return self.status == "failed"

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The series for which it may not pass, the greatest change first."""
        return tuple(sorted(self.having("fails"), key=_severity, reverse=True))

    def having(self, outcome: Outcome) -> tuple[Finding, ...]:
        """The series with this outcome, in the order of the night."""
        return tuple(finding for finding in self.findings if finding.outcome == outcome)

    @property
    def headline(self) -> str:
        """The gate in one line."""
        n_checked = len(self.findings) - len(self.having("not compared"))
        failing = self.failing
        if failing:
            named = ", ".join(finding.short for finding in failing[:MOST_NAMED])
            more = f" and {len(failing) - MOST_NAMED} more" if len(failing) > MOST_NAMED else ""
            return f"{len(failing)} of {count_text(n_checked, 'series', 'series')} {_verb(failing)}: {named}{more}"
        if self.problems:
            return self.problems[0]
        counts = Counter(finding.outcome for finding in self.findings)
        accepted = f", {counts['accepted']} accepted" if counts["accepted"] else ""
        return f"none of {count_text(n_checked, 'series', 'series')} is worse{accepted}"

    def to_json(self) -> dict[str, Any]:
        """The result as JSON has it."""
        content: dict[str, Any] = _RESULT.dump_python(self, mode="json")
        return content


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `GateResult.to_json`."""
    return _RESULT.json_schema(mode="serialization")


def known(value: float) -> float | None:
    """The number, or None for one that says nothing."""
    return float(value) if math.isfinite(value) else None


def _verb(failing: Sequence[Finding]) -> str:
    all_worse = all(finding.verdict == "slower" for finding in failing)
    words = ("is worse", "are worse") if all_worse else ("fails", "fail")
    return words[len(failing) > 1]


def _severity(finding: Finding) -> float:
    ratio = finding.ratio or 1.0
    return abs(math.log(ratio)) if ratio > 0 else 0.0


_RESULT = TypeAdapter(GateResult)
