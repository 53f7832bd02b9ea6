"""Evidence from two builds that were measured side by side: every metric, by the processes of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..detect import Kind
from ..detect.side_by_side import FEWEST, compare_processes, look_confidence
from ..history.records import canonical
from ..render.format import hash_text
from .evidence import Evidence, Series, Spread

MARGIN_PERCENT = 1.0  # as the comparison itself has it
Processes = list[list[float]]
Entry = Mapping[str, Any]


def side_by_side(
    experiment: str, measured: Mapping[str, Any], machine: str, *, confidence: float, most: int
) -> Iterator[Evidence]:
    """A piece for each metric that both builds of one test have; none for a test that compared nothing.

    `measured` is what a journal keeps of the test. `most` processes a side were to be measured at most, which is how
    often the comparison may have been looked at.
    """
    for comparison in measured.get("comparisons", ()):
        sides = (comparison["base"], comparison["candidate"])
        of_side = {
            label: {entry["name"]: entry for entry in measured["metrics"] if entry.get("variant") == label}
            for label in sides
        }
        base, candidate = (of_side[label] for label in sides)
        for name, entry in candidate.items():
            if name in base:
                series = Series(experiment, measured["test"], canonical(measured["params"]), name, sides[1], machine)
                against = _build(comparison["base"], comparison["base_hash"])
                yield _evidence(series, (base[name], entry), against, look_confidence(confidence, most))


def _evidence(series: Series, sides: tuple[Entry, Entry], against: str, confidence: float) -> Evidence:
    base, candidate = sides
    ours, theirs = _processes(base), _processes(candidate)
    found = compare_processes(ours, theirs, direction=candidate["direction"], confidence=confidence)
    exact = bool(candidate.get("deterministic")) and bool(base.get("deterministic"))
    low, high = (found.ratio, found.ratio) if exact else found.ci
    enough = exact or min(found.n_base, found.n_candidate) >= FEWEST
    return Evidence(
        series=series,
        unit=candidate["unit"],
        direction=candidate["direction"],
        source="side by side",
        against=against,
        kind=_exact_kind(found.ratio, ours, theirs, candidate["direction"]) if exact else found.kind,
        now=_level(theirs),
        base=_level(ours),
        ratio=found.ratio,
        low=low,
        high=high,
        spread=None if exact or not enough else _spread(ours, theirs),
        usual_percent=0.0 if exact else MARGIN_PERCENT,
        reason="" if enough else f"{found.n_base} + {found.n_candidate} processes say too little",
        is_compared=enough,
    )


def _exact_kind(ratio: float, ours: Processes, theirs: Processes, direction: str) -> Kind:
    """What is the same whenever the same code runs has changed, or it has not."""
    grown = _level(theirs) - _level(ours)
    if grown == 0 or ratio == 1:
        return Kind.SAME
    return Kind.SLOWER if (grown > 0) == (direction == "lower") else Kind.FASTER


def _processes(entry: Entry) -> Processes:
    found: dict[int, list[float]] = {}
    for process, sample in zip(entry["reps"], entry["samples"], strict=True):
        found.setdefault(process, []).append(sample)
    return list(found.values())


def _level(processes: Processes) -> float:
    """The geometric mean of the processes' medians, as the ratio has it; their mean where one is not positive."""
    medians = [float(np.median(samples)) for samples in processes]
    return float(np.exp(np.mean(np.log(medians)))) if min(medians) > 0 else float(np.mean(medians))


def _spread(ours: Processes, theirs: Processes) -> Spread | None:
    """Of the log of the ratio, by how the processes of each side differ (Welch, Biometrika 34, 1947)."""
    sides = [np.array([np.median(samples) for samples in side]) for side in (ours, theirs)]
    if any((levels <= 0).any() for levels in sides):
        return None
    shares = [float(np.log(levels).var(ddof=1)) / levels.size for levels in sides]
    total = sum(shares)
    if total == 0:
        return Spread(0.0, math.inf)
    below = sum(share**2 / (levels.size - 1) for share, levels in zip(shares, sides, strict=True))
    return Spread(math.sqrt(total), total**2 / below)


def _build(label: str, tvm_hash: str | None) -> str:
    return f"{label} ({hash_text(tvm_hash)})" if tvm_hash else label
