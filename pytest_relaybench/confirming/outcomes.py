"""What measuring a suspect again came to: what the record keeps of it, and the line that people read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..render.format import change_text, duration_text
from .suspects import Suspect

Method = Literal["side by side", "history"]
Word = Literal["confirmed", "not confirmed", "no time", "failed"]

CONFIRMED: Word = "confirmed"
ENTRY = "confirmation"  # the kind of a journal's entry
KEY = "confirmations"  # in a record's `extra`


@dataclass(frozen=True)
class Finding:
    """What the measurements of one suspect say; `ratio` and its interval are None where there are none.

    `n_base` counts processes of the earlier build, or nights of the history; `n_candidate` processes of tonight's.
    """

    outcome: Word
    method: Method
    message: str = ""
    kind: str = "unsure"
    ratio: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n_base: int = 0
    n_candidate: int = 0


def number(value: float) -> float | None:
    """The number, None where it means nothing, since JSON has no NaN."""
    return value if math.isfinite(value) else None


def told(suspect: Suspect, finding: Finding, base_hash: str | None, spent_s: float) -> Mapping[str, Any]:
    """The finding as record and journal have it; both builds go by the series' label, and are told apart by hash."""
    return {
        "test": suspect.test,
        "params": dict(suspect.params),
        "metric": suspect.metric,
        "variant": suspect.variant,
        "base": suspect.variant,
        "base_hash": base_hash,
        "candidate": suspect.variant,
        "candidate_hash": suspect.tvm_hash,
        **asdict(finding),
        "suspected_ratio": suspect.suspicion.ratio,
        "spent_s": round(spent_s, 3),
    }


def line(name: str, suspect: Suspect, finding: Finding, spent_s: float) -> str:
    """One line for the terminal."""
    suspected = change_text(suspect.suspicion.ratio, suspect.direction)
    found = f", measured {change_text(finding.ratio, suspect.direction)}" if finding.ratio else ""
    why = f": {finding.message}" if finding.message else ""
    return f"  {name} {suspect.metric} {suspected}: {finding.outcome}{found}{why} ({duration_text(spent_s)})"
