"""Suspects against the build before: both interleaved in fresh processes, all metrics of a test at once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

from ..detect.side_by_side import Comparison, compare_processes, look_confidence, looks
from ..detect.verdicts import Kind
from ..measure.interleave import Side, abba
from ..render.format import count_text
from .outcomes import Finding, number
from .processes import Entries
from .suspects import Suspect

MOST = 80  # processes a side
CONFIDENCE = 0.98
ENOUGH_IN_NOISE = 10  # pairs at least before a faint suspect is decided, or any is given up...
FUTILE = 0.0  # ...because no more than this is left of the change, as a natural logarithm
CHANGED = frozenset({Kind.SLOWER, Kind.FASTER})


def interleave(
    suspects: Sequence[Suspect],
    measure: Callable[[Side], Entries],
    *,
    budget_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Mapping[str, Finding]:
    """Measure pairs in the order A B B A until each suspect is clear, unlikely, or the budget is spent; by metric.

    It looks at 5, 10, 20, 40 and 80 pairs, at a confidence that pays for all looks. What `measure` raises ends it.
    """
    started, order = clock(), abba(MOST)
    samples: dict[Side, list[Entries]] = {"base": [], "candidate": []}
    waiting = list(suspects)
    findings: dict[str, Finding] = {}
    while waiting:
        for _ in range(2):
            side = next(order)
            samples[side].append(measure(side))
        is_over = clock() - started >= budget_s or len(samples["base"]) >= MOST
        if not is_over and len(samples["base"]) not in looks(MOST):
            continue
        findings |= {one.metric: found for one in waiting if (found := _look(one, samples, is_over=is_over))}
        waiting = [one for one in waiting if one.metric not in findings]
    return findings


def _look(suspect: Suspect, samples: Mapping[Side, Sequence[Entries]], *, is_over: bool) -> Finding | None:
    """What the processes so far say of one suspect, None while more are wanted."""
    lacking = [side for side, processes in samples.items() if any(suspect.metric not in one for one in processes)]
    if lacking:
        return Finding("failed", "side by side", f"a process of {lacking[0]} has measured no {suspect.metric}")
    base, candidate = ([one[suspect.metric]["samples"] for one in processes] for processes in samples.values())
    confidence = look_confidence(CONFIDENCE, MOST)
    comparison = compare_processes(base, candidate, direction=suspect.direction, confidence=confidence)
    return _finding(suspect, comparison) if is_over or _is_decided(suspect, comparison) else None


def _is_decided(suspect: Suspect, comparison: Comparison) -> bool:
    if math.isnan(comparison.ratio):
        return True
    if comparison.n_base < ENOUGH_IN_NOISE:
        return comparison.is_clear and not suspect.suspicion.is_faint
    return comparison.is_clear or _left(suspect, comparison) < FUTILE


def _left(suspect: Suspect, comparison: Comparison) -> float:
    """How much of a change the way that was suspected there seems to be, as a natural logarithm."""
    return math.copysign(1.0, math.log(suspect.suspicion.ratio)) * math.log(comparison.ratio)


def _finding(suspect: Suspect, comparison: Comparison) -> Finding:
    low, high = comparison.ci
    is_enough = comparison.n_base >= (ENOUGH_IN_NOISE if suspect.suspicion.is_faint else looks(MOST)[0])
    is_real = is_enough and comparison.kind in CHANGED and _left(suspect, comparison) > 0
    return Finding(
        outcome="confirmed" if is_real else "not confirmed" if is_enough else "no time",
        method="side by side",
        message="" if is_real else _why(comparison, is_enough=is_enough),
        kind=comparison.kind,
        ratio=number(comparison.ratio),
        ci_low=number(low),
        ci_high=number(high),
        n_base=comparison.n_base,
        n_candidate=comparison.n_candidate,
    )


def _why(comparison: Comparison, *, is_enough: bool) -> str:
    pairs = count_text(comparison.n_base, "pair")
    if not is_enough:
        return f"only {pairs} of processes before confirm_budget_s was spent"
    if comparison.kind in CHANGED:
        return f"{comparison.kind} than the build before, not as suspected ({pairs} of processes)"
    same = "the same as" if comparison.kind is Kind.SAME else "not clearly unlike"
    return f"{same} the build before ({pairs} of processes)"
