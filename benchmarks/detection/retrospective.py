"""The retrospective task: the change points of a whole series, held one to one against the true ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .history import History

MARGIN = 5  # nights between a change point and the step that it stands for


@dataclass(frozen=True)
class RetrospectiveScore:
    """Of one series: steps that were found, change points that stand for none, steps that were missed."""

    found: int
    false: int
    missed: int


def score(history: History, change_points: Iterable[int]) -> RetrospectiveScore:
    """Match each step with the nearest change point that is still free; further ones near a step are neither."""
    points = sorted({int(point) for point in change_points if point > 0})
    used: set[int] = set()
    for night in history.nights:
        free = [point for point in points if abs(point - night) <= MARGIN and point not in used]
        used.update(sorted(free, key=lambda point: abs(point - night))[:1])
    excused = (*history.neutral, *history.nights)
    false = sum(point not in used and all(abs(point - night) > MARGIN for night in excused) for point in points)
    return RetrospectiveScore(len(used), false, len(history.steps) - len(used))
