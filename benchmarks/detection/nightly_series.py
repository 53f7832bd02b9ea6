"""A nightly series of a real benchmark measured again where tonight is suspected, by the program's own rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytest_relaybench.confirming.against_history import History
from pytest_relaybench.confirming.outcomes import Finding
from pytest_relaybench.confirming.processes import Entries
from pytest_relaybench.confirming.side_by_side import MOST, interleave
from pytest_relaybench.confirming.suspects import CLEAR, Suspect
from pytest_relaybench.detect.suspicion import MOST as SUSPECTED_NIGHTS
from pytest_relaybench.detect.suspicion import Suspicion, suspect
from pytest_relaybench.measure.interleave import Side

from .process_pool import Array, ProcessPool, Random, Way

WARM_UP = 60  # nights of history before a night is watched
MUTED = 7  # nights after a ticket, as in the online task
METRIC = "time"


@dataclass(frozen=True)
class Setting:
    """How processes are drawn, and what stands for a night: the minimum or the median of its process's rounds."""

    way: Way = Way.SMOOTHED
    headline: str = "min"


class NightlySeries:
    """One process a night, and more where the night is suspected; counts suspects and extra processes."""

    def __init__(self, pool: ProcessPool, setting: Setting, random: Random) -> None:
        self._pool, self._setting, self._random = pool, setting, random
        self._values = [self._value(1.0) for _ in range(WARM_UP)]
        self._clear: set[int] = set()  # nights that were looked into with a clear answer
        self._changes: list[tuple[int, float]] = []
        self._muted_until = 0
        self.suspects = self.processes = 0

    def night(self, factor: float = 1.0) -> bool:
        """Measure a night of a build that takes `factor` times as long as the last good one; whether a ticket opens."""
        self._values.append(self._value(factor))
        tonight = len(self._values) - 1
        suspicion = suspect(self._values, changes=self._changes, settled=self._settled(tonight))
        if suspicion is None or tonight < self._muted_until:
            return False
        finding = self._look_into(suspicion, factor)
        if finding.kind in CLEAR:
            self._clear.add(tonight)
        if finding.outcome != "confirmed":
            return False
        self._changes.append((tonight, finding.ratio or 1.0))
        self._muted_until = tonight + MUTED + 1
        return True

    def _settled(self, tonight: int) -> int:
        """As `confirming.suspects` has it."""
        return max((night + 1 for night in self._clear if night >= tonight + 1 - SUSPECTED_NIGHTS), default=0)

    def _look_into(self, suspicion: Suspicion, factor: float) -> Finding:
        """Fresh processes against history; then, where that leaves a doubt, base and candidate interleaved."""
        self.suspects += 1
        one = self._suspect(suspicion)
        base, candidate = self._pool_of(MOST, 1.0), self._pool_of(2 * MOST, factor)
        queues = {"base": iter(base), "candidate": iter(candidate)}

        def measure(side: Side) -> Entries:
            self.processes += 1
            return {METRIC: {"samples": next(queues[side]).tolist()}}

        gone = History(lambda: measure("candidate"), self._setting.headline).vanished([one])
        return (gone or interleave([one], measure, budget_s=1.0, clock=lambda: 0.0))[METRIC]

    def _suspect(self, suspicion: Suspicion) -> Suspect:
        history = np.array(self._values[: suspicion.since])
        for index, ratio in self._changes:
            history[:index] *= ratio
        return Suspect("test", {}, METRIC, "", "lower", None, None, history, suspicion)

    def _pool_of(self, count: int, factor: float) -> Array:
        return factor * self._pool.draw(count, self._setting.way, self._random)

    def _value(self, factor: float) -> float:
        rounds = self._pool_of(1, factor)[0]
        return float(rounds.min() if self._setting.headline == "min" else np.median(rounds))


def told_on(series: NightlySeries, factor: float, nights: int) -> int | None:
    """The night that tells a step, counted from 1; None when none of the first `nights` does."""
    return next((night for night in range(1, nights + 1) if series.night(factor)), None)


def share(told: Sequence[int | None], nights: int) -> float:
    """Of steps, those that were told by this night."""
    return float(np.mean([night is not None and night <= nights for night in told]))
