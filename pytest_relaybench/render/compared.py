"""Builds that were measured side by side, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..detect import Kind
from .format import change_text
from .means import geometric_mean

GRAVEST_FIRST = (Kind.SLOWER, Kind.FASTER, Kind.UNSURE, Kind.SAME)
Told = Mapping[str, Any]  # a comparison as records have it


def verdicts_text(kinds: Sequence[str]) -> str:
    """As in "1 slower, 2 faster, of 8", "same, all 8", or the only one itself; nothing for none."""
    counts = Counter(kinds)
    present = [kind for kind in GRAVEST_FIRST if counts[kind]]
    if len(kinds) < 2:
        return present[0].value if present else ""
    words = [f"{counts[kind]} {kind}" for kind in present if kind != Kind.SAME]
    if not words:
        return f"same, all {len(kinds)}"
    return f"{', '.join(words)}{',' * (len(words) > 1)} of {len(kinds)}"


def comparison_lines(comparisons: Sequence[Told]) -> Iterator[str]:
    """A line for each two builds: "git:x against git:main, side by side: 1 slower of 8; geometric mean −0.2 %"."""
    for base, candidate in dict.fromkeys((told["base"], told["candidate"]) for told in comparisons):
        own = [told for told in comparisons if (told["base"], told["candidate"]) == (base, candidate)]
        change = change_text(geometric_mean(told["ratio"] for told in own))
        mean = f"; geometric mean {change}" if len(own) > 1 else f" ({change})"
        yield f"{candidate} against {base}, side by side: {verdicts_text([told['kind'] for told in own])}{mean}"
