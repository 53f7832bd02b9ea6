"""Changes of level, found as nights come: each new night costs one look, whatever the history's length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .evidence import Candidate, best_candidate, loud_nights
from .series import Array
from .threshold import ENOUGH, YES, needed_evidence

FIRST_LOOK = 18  # the index of the first night that is looked at
QUIET = 7  # nights after a change in which no other is looked for
REACH = 400  # nights back from the newest one that a look depends on, apart from the newest change


@dataclass(frozen=True)
class Step:
    """A change of level: the night it began, the night it was seen, and by how much, on the relative scale."""

    start: int
    seen: int
    difference: float
    evidence: float  # nats in favour of a new level
    stayed: int = 0  # nights at the level before


class StepDetector:
    """Looks at a series night by night.

    After a change, the nights before it are moved to the new level and stay what the next one is judged by, so that
    noise, modes and drift need to be learned once.
    """

    def __init__(self) -> None:
        self._values = np.empty(0)
        self._levels = np.empty(0)
        self.steps: list[Step] = []

    @classmethod
    def resume(cls, values: Array, steps: Sequence[Step]) -> StepDetector:
        """A detector that has been given `values` and found `steps`, at the cost of no look; `extend` goes on.

        `steps` count from the first of `values`; those of before it have negative indices. The newest `REACH` values
        with the steps in them, and the one before, are all that further looks depend on. The values, and the steps'
        differences, must be on one scale: `on_relative_scale` changes its scale with the first value that is zero or
        negative, and with the median of such a series. There the whole series is replayed.
        """
        detector = cls()
        detector._values = np.array(values, dtype=float)
        detector._levels = detector._values.copy()
        for step in steps:
            detector._levels[: max(0, step.start)] += step.difference
        detector.steps = list(steps)
        return detector

    @property
    def start(self) -> int:
        """The night at which today's level began."""
        return self.steps[-1].start if self.steps else 0

    def extend(self, values: Iterable[float]) -> list[Step]:
        """Take further nights, on the relative scale of `series.on_relative_scale`; return the changes seen in them."""
        new = np.asarray(list(values), dtype=float)
        first, seen_before = self._values.size, len(self.steps)
        self._values = np.concatenate([self._values, new])
        self._levels = np.concatenate([self._levels, new])
        now = self._next_look(first)
        while now < self._values.size:
            loud = np.flatnonzero(loud_nights(self._levels, now))
            step = next(filter(None, (self._look(now + int(night)) for night in loud)), None)
            if step is None:
                break
            now = self._next_look(step.seen + 1)
        return self.steps[seen_before:]

    def confirm(self, start: int, difference: float, evidence: float = ENOUGH) -> Step:
        """Count a change that was made certain by other means, such as measuring both builds side by side.

        It began at night `start`, is `difference` high on the relative scale, and is seen on the newest night; for what
        follows it is a change like any other. `evidence` in nats, as much as a change needs where it is not known.

        Raises ValueError unless `start` is a night after that at which today's level began.
        """
        if not max(0, self.start) < start < self._values.size:
            raise ValueError(f"start: after night {max(0, self.start)}, before {self._values.size} (found {start})")
        return self._take(Candidate(start, difference, evidence), self._values.size - 1)

    def _next_look(self, night: int) -> int:
        after_last = self.steps[-1].seen + QUIET + 1 if self.steps else 0
        return max(night, FIRST_LOOK, after_last)

    def _look(self, now: int) -> Step | None:
        """The change that the nights up to `now` make certain, None when they do not."""
        found = best_candidate(self._levels[: now + 1], self._values[: now + 1], self.start)
        if found is None or found.evidence <= ENOUGH + YES:
            return None
        if found.evidence <= needed_evidence(found, self._levels[: now + 1], self._values[: now + 1], self.start):
            return None
        return self._take(found, now)

    def _take(self, found: Candidate, now: int) -> Step:
        stayed = found.start - self.start
        self._levels[: found.start] += found.difference
        step = Step(found.start, now, found.difference, found.evidence, stayed)
        self.steps.append(step)
        return step


def find_steps(values: Array) -> list[Step]:
    """All changes of a series on the relative scale, as they would have been seen night by night."""
    return StepDetector().extend(values)
