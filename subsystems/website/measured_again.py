"""What measuring suspects again said, as the pages tell it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.detect import Kind
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.judging.verdicts import CONFIRMED, NOT_CONFIRMED
from pytest_relaybench.render.format import change_text, count_text, day_text, run_time

from .inert import slug

GRAVEST_FIRST = (CONFIRMED, NOT_CONFIRMED)
STYLES = {CONFIRMED: "failed", NOT_CONFIRMED: "fine"}
WORDS = {"no time": "out of time"}
METHODS = {"side by side": "side by side with the build before", "history": "against the nights before"}


@dataclass(frozen=True)
class Again:
    """One series that was measured again: the outcome in a word, and how it came to that."""

    outcome: str
    run_id: str
    change: str
    interval: str
    how: str
    message: str
    is_better: bool = False

    @property
    def style(self) -> str:
        """CSS class of the outcome."""
        return "fine" if self.is_better else STYLES.get(self.outcome, "unsure")

    @property
    def word(self) -> str:
        """The outcome as the pages call it."""
        return WORDS.get(self.outcome, self.outcome)

    @property
    def day(self) -> str:
        """The date of its night."""
        return day_text(run_time(self.run_id))


@dataclass(frozen=True)
class Suspect:
    """A series of tonight that was measured again; `slug` is of its experiment's page, `reason` that of its verdict."""

    name: str
    slug: str
    again: Again
    reason: str


def again_of(told: Mapping[Hashable, Any]) -> Again:
    """A row of the table of second measurements."""
    bounds = [_number(told[name]) for name in ("ci_low", "ci_high")]
    known = all(math.isfinite(bound) for bound in bounds)
    ratio = _number(told["ratio"])
    return Again(
        outcome=str(told["outcome"]),
        run_id=str(told["run_id"]),
        change=change_text(ratio) if math.isfinite(ratio) else "",
        interval=f"[{change_text(bounds[0])}, {change_text(bounds[1])}]" if known else "",
        how=METHODS.get(str(told["method"]), ""),
        message=_text(told["message"]),
        is_better=told["outcome"] == CONFIRMED and told["kind"] == Kind.FASTER,
    )


def suspects_of(dashboard: Dashboard) -> list[Suspect]:
    """What was measured again tonight: what was confirmed first, then what was not, then what could not be."""
    verdicts = dashboard.verdicts().frame
    reasons = {tuple(map(str, key)): reason for *key, reason in verdicts[[*SERIES_COLUMNS, "reason"]].to_numpy()}
    found = []
    for told in dashboard.table.confirmations(run_id=dashboard.run_id).to_dict("records"):
        key = tuple(str(told[column]) for column in SERIES_COLUMNS)
        found.append(Suspect(series_name(key), slug(key[0]), again_of(told), _text(reasons.get(key))))
    return sorted(found, key=lambda one: (_rank(one.again.outcome), one.name))


def counted(suspects: Sequence[Suspect]) -> str:
    """`3 suspects measured again: 1 confirmed, 2 not confirmed`."""
    counts = Counter(one.again.outcome for one in suspects)
    words = [f"{counts[outcome]} {WORDS.get(outcome, outcome)}" for outcome in sorted(counts, key=_rank)]
    return f"{count_text(len(suspects), 'suspect')} measured again: {', '.join(words)}"


def _rank(outcome: str) -> int:
    return GRAVEST_FIRST.index(outcome) if outcome in GRAVEST_FIRST else len(GRAVEST_FIRST)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
