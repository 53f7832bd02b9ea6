"""Two builds measured side by side: fresh processes in the order A B B A, until the verdict is clear."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..detect.latest import Direction
from ..detect.side_by_side import Comparison, compare_processes, look_confidence, looks, needs_more

Side = Literal["base", "candidate"]
Samples = tuple[float, ...]

MOST = 20  # processes a side


@dataclass(frozen=True)
class SideBySide:
    """A comparison with all it rests on: the samples of each process in the order of measuring."""

    comparison: Comparison
    base: tuple[Samples, ...]
    candidate: tuple[Samples, ...]
    spent_s: float


def abba(n_pairs: int) -> Iterator[Side]:
    """The order of `n_pairs` pairs, A B B A A B B A ...: what drifts steadily falls on both sides alike."""
    for pair in range(n_pairs):
        yield from ("base", "candidate") if pair % 2 == 0 else ("candidate", "base")


class Interleaver:
    """Drives one comparison; `measure(side)` starts one fresh process of a side and returns its samples.

    Pairs are added until the verdict is clear, `budget_s` seconds are spent (overrun by at most one pair), or `most`
    processes a side are done. It looks at 5, 10, 20 ... pairs only, each time at a confidence that pays for all looks,
    since whoever looks after every pair finds what is not there.

    Raises ValueError for `most` below 1; what `measure` raises ends the comparison, and `samples` has what is done.
    """

    def __init__(  # noqa: PLR0913 - what to measure, when to stop, how to judge
        self,
        measure: Callable[[Side], Sequence[float]],
        *,
        budget_s: float,
        most: int = MOST,
        direction: Direction = "lower",
        margin: float = 0.01,
        confidence: float = 0.95,
        seed: int = 0,
        quantile: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if most < 1:
            raise ValueError(f"most: at least one process a side (found {most})")
        self._measure = measure
        self._budget_s, self._most = budget_s, most
        self._direction, self._margin, self._seed, self._quantile = direction, margin, seed, quantile
        self._confidence = look_confidence(confidence, most)
        self._clock = clock
        self.samples: dict[Side, list[Samples]] = {"base": [], "candidate": []}

    def run(self) -> SideBySide:
        """Measure to the end and judge."""
        started = self._clock()
        order = abba(self._most)
        while True:
            self._measure_pair(order)
            spent_s = self._clock() - started
            if not self._is_look(spent_s):
                continue
            comparison = self._compare()
            if not needs_more(comparison, spent_s=spent_s, budget_s=self._budget_s, most=self._most):
                return SideBySide(comparison, tuple(self.samples["base"]), tuple(self.samples["candidate"]), spent_s)

    def _measure_pair(self, order: Iterator[Side]) -> None:
        for _ in range(2):
            side = next(order)
            self.samples[side].append(tuple(self._measure(side)))

    def _is_look(self, spent_s: float) -> bool:
        return len(self.samples["base"]) in looks(self._most) or spent_s >= self._budget_s

    def _compare(self) -> Comparison:
        return compare_processes(
            self.samples["base"],
            self.samples["candidate"],
            direction=self._direction,
            margin=self._margin,
            confidence=self._confidence,
            seed=self._seed,
            quantile=self._quantile,
        )
