"""The verdict on each series from its values: what detection has seen is kept, so that a night costs one look."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..detect import Verdict
from ..detect.exact import judge_exact
from ..detect.latest import Direction, verdict_of
from ..detect.series import on_relative_scale
from ..detect.steps import Step, StepDetector
from ..history.table import SERIES_COLUMNS
from .night_matrix import Key

LATE = 2  # nights by which a change may be confirmed after it began


@dataclass(frozen=True)
class Confirmed:
    """A change that measuring again has confirmed in a run, as the logarithm of the factor."""

    run_id: str
    difference: float


@dataclass(frozen=True)
class Line:
    """One series: its values in `runs`, NaN where a run has none, and what is known of it from before.

    `exact` says which of the values are deterministic, `is_whole` that no run was left out for its unit.
    """

    key: Key
    values: NDArray[np.float64]
    direction: Direction
    exact: NDArray[np.bool_]
    confirmed: Sequence[Confirmed] = ()
    is_whole: bool = True


@dataclass(frozen=True)
class Judged:
    """The verdict on the newest night of a series, and the changes seen so far as the table keeps them."""

    verdict: Verdict
    steps: Sequence[Mapping[str, object]] = ()


def judge_line(line: Line, runs: Sequence[str], looked: str, steps: Sequence[Mapping[Any, Any]]) -> Judged:
    """Judge the newest of `runs`; `steps` are those of this series that were seen up to the run `looked`."""
    nights = np.flatnonzero(~np.isnan(line.values))
    if nights.size and line.exact[nights[-1]]:
        return Judged(judge_exact(np.where(line.exact, line.values, np.nan), line.direction))
    known = [runs[int(night)] for night in nights]
    values = on_relative_scale(line.values[nights])
    is_ratio_scale = bool(nights.size) and line.values[nights].min() > 0
    # the steps kept on a night with another scale or unit, or without chance, are not those of all nights
    can_resume = is_ratio_scale and line.is_whole and not line.exact[nights].any()
    seen = sum(run <= looked for run in known) if can_resume else 0
    kept = [_step(row, known) for row in steps] if seen else []
    detector = StepDetector.resume(values[:seen], kept)
    confirmed = {one.run_id: one.difference for one in line.confirmed if one.run_id in known[seen:]}
    for place in sorted(known.index(run) for run in confirmed):
        detector.extend(values[seen : place + 1])
        seen = place + 1
        difference = confirmed[known[place]]
        if max(0, detector.start) < place and not _saw(detector, place, difference):
            detector.confirm(place, difference)
    detector.extend(values[seen:])
    verdict = verdict_of(line.values, detector.steps, line.direction)
    kept = [step for step in detector.steps if step.start >= 0] if is_ratio_scale else []
    return Judged(verdict, [_row(line.key, step, known) for step in kept])


def _saw(detector: StepDetector, place: int, difference: float) -> bool:
    """Whether it has seen a change of that sign which began there, or just before, without help."""
    if not detector.steps:
        return False
    newest = detector.steps[-1]
    return newest.start >= place - LATE and newest.difference * difference > 0


def _step(row: Mapping[Any, Any], known: Sequence[str]) -> Step:
    """The kept step by the places of its runs among those known; -1 for what is too long ago to be among them."""
    return Step(
        start=_place(str(row["start_run"]), known),
        seen=_place(str(row["seen_run"]), known),
        difference=float(row["difference"]),
        evidence=float(row["evidence"]),
        stayed=int(row["stayed"]),
    )


def _place(run_id: str, known: Sequence[str]) -> int:
    return -1 if not known or run_id < known[0] else int(np.searchsorted(np.asarray(known), run_id))


def _row(key: Key, step: Step, known: Sequence[str]) -> Mapping[str, object]:
    evidence = step.evidence if math.isfinite(step.evidence) else 0.0
    return {
        **dict(zip(SERIES_COLUMNS, key, strict=True)),
        "start_run": known[step.start],
        "seen_run": known[step.seen],
        "difference": step.difference,
        "evidence": evidence,
        "stayed": step.stayed,
    }
