"""Rules that hold the newest nights together against the nights before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from pytest_relaybench.detect.rank_test import rank_test

from ..history import Array
from .detector import Detector, Rule

LEAST_EFFECT = 1.01
BACK, MOST_BACK, THRESHOLD = 12, 24, 7.0


def mann_whitney(history: Array, nights: int, before: int, limit: float) -> bool:
    """Whether the newest nights and those before differ: p below the limit and medians 1 % apart."""
    if history.size < nights + before:
        return False
    new, old = history[-nights:], history[-nights - before : -nights]
    apart = abs(np.log(np.median(new) / np.median(old)))
    return bool(apart >= np.log(LEAST_EFFECT) and rank_test(new, old) < limit)


class Perfherder:
    """Mozilla's rule: Student's t of linearly weighted means, 12 to 24 nights back and `ahead` from a night on.

    A night is told when its t is above 7 and no smaller than that of the nights beside it, as soon as there are
    `ahead` nights from it on. The window back grows from 12 by a night for each since the last t above the limit.
    """

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self._t = [0.0]  # of the nights that have all their nights ahead
        self._quiet = 0
        self.told: list[int] = []

    def update(self, history: Array) -> bool:
        """Whether a change is told tonight."""
        before = len(self.told)
        for night in range(len(self._t), len(history) - self._ahead + 1):
            until = history[: night + self._ahead]
            self._t.append(self._t_of(until, night))
            self._quiet = 0 if self._t[-1] > THRESHOLD else self._quiet + 1
            # the night after lacks one night ahead, and is looked at as it is
            self._tell([*self._t[-3:], self._t_of(until, night + 1)], night)
        return len(self.told) > before

    def _t_of(self, history: Array, night: int) -> float:
        back = min(max(self._quiet, BACK), MOST_BACK, night)
        nearest_first = history[night - back : night][::-1]
        return _weighted_t(nearest_first, history[night : night + self._ahead])

    def _tell(self, newest: list[float], night: int) -> None:
        """Of tonight's candidate and the one before, tell those that are peaks among `newest` and were not told."""
        triples = zip(newest, newest[1:], newest[2:], strict=False)
        for candidate, (left, t, right) in zip((night, night - 1), reversed(list(triples)), strict=False):
            if candidate >= BACK and t > THRESHOLD and left <= t >= right and candidate not in self.told:
                self.told.append(candidate)


def _weighted_t(before: Array, after: Array) -> float:
    (one, spread), (other, other_spread) = _weighted(before), _weighted(after)
    if one == other:
        return 0.0
    error = spread / before.size + other_spread / after.size
    return float(abs(other - one) / np.sqrt(error)) if error > 0 else np.inf


def _weighted(values: Array) -> tuple[float, float]:
    """Mean with weights that fall to the far end, and the variance around it."""
    weights = np.arange(values.size, 0, -1)
    mean = float(values @ weights / weights.sum())
    return mean, float(((values - mean) ** 2).sum() / (values.size - 1)) if values.size > 1 else 0.0


def _perfherder(ahead: int) -> Callable[[Array], list[int]]:
    def change_points(values: Array) -> list[int]:
        detector = Perfherder(ahead)
        detector.update(values)
        return detector.told

    return change_points


PERFHERDER = "mozilla/treeherder, treeherder/perfalert/perfalert: detect_changes"
RANKS = "Mann and Whitney 1947, with a least effect of 1 %"

DETECTORS = (
    Detector(
        "mann-whitney-5",
        "Mann-Whitney 5 v 30, p < 1e-3",
        RANKS,
        lambda: Rule(partial(mann_whitney, nights=5, before=30, limit=1e-3)),
    ),
    Detector(
        "mann-whitney-7",
        "Mann-Whitney 7 v 30, p < 1e-4",
        RANKS,
        lambda: Rule(partial(mann_whitney, nights=7, before=30, limit=1e-4)),
    ),
    Detector(
        "perfherder",
        "Mozilla Perfherder t > 7",
        PERFHERDER,
        partial(Perfherder, 12),
        _perfherder(12),
    ),
    Detector(
        "perfherder-5",
        "the same, 5 nights ahead",
        PERFHERDER,
        partial(Perfherder, 5),
        _perfherder(5),
    ),
)
