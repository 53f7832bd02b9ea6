"""What was asked of our detector, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .sets import Set
from .summary import Summary

LEAST_F1 = {"synth": 0.88, "aa": 0.98, "real": 0.88}  # online at 14 nights, and in retrospect
MOST_WORSE_AT_7 = 0.03
MOST_FALSE = 0.2  # tickets a series and year
MOST_DELAY = 3.0  # nights, mean
LONG, SHORT = 14, 7


@dataclass(frozen=True)
class Target:
    """One demand: the limit, and what was measured."""

    text: str
    limit: float
    value: float
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether it holds; a value of NaN does not."""
        return self.value >= self.limit if self.is_least else self.value <= self.limit

    def __str__(self) -> str:
        word = "met    " if self.is_met else "NOT MET"
        sign = "at least" if self.is_least else "at most"
        return f"{word}  {self.text}: {self.value:.3f} ({sign} {self.limit:g})"


def targets_on(name: str, found: Summary) -> Iterator[Target]:
    """Those on one set."""
    long, short = found.online[LONG], found.online[SHORT]
    yield Target(f"{name}, F1 at 14 nights", LEAST_F1[name], long.f1, is_least=True)
    yield Target(f"{name}, F1 lost from 14 to 7 nights", MOST_WORSE_AT_7, long.f1 - short.f1)
    yield Target(f"{name}, false tickets a series and year", MOST_FALSE, long.false_per_year)
    yield Target(f"{name}, mean delay in nights", MOST_DELAY, long.mean_delay)
    yield Target(f"{name}, F1 in retrospect", LEAST_F1[name], found.retrospective_f1, is_least=True)


def lines(sets: Mapping[str, Set], ours: Mapping[str, Summary], *, is_quick: bool) -> Iterator[str]:
    """A line for each target, and for each set on which they cannot be judged."""
    for name in LEAST_F1:
        reason = _unjudged(sets.get(name), is_scored=name in ours, is_quick=is_quick)
        if reason:
            yield f"not judged: {name}: {reason}"
        else:
            yield from map(str, targets_on(name, ours[name]))


def _unjudged(one: Set | None, *, is_scored: bool, is_quick: bool) -> str:
    if one is None or not is_scored:
        return one.lacks if one and one.lacks else "not among --sets, or ours not among --only"
    if not one.is_whole:
        return f"without {one.lacks}"
    return "--quick takes only some of its histories" if is_quick else ""
