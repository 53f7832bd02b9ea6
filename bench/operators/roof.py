"""The roofline model of a machine: what limits a kernel of a given arithmetic intensity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Roof:
    """`flops` in FLOP/s, `bandwidth` of memory in B/s, both at the same number of threads."""

    flops: float
    bandwidth: float

    @property
    def ridge(self) -> float:
        """The intensity, in FLOP/B, from which arithmetic is the limit rather than memory."""
        return self.flops / self.bandwidth

    def at(self, intensity: float) -> float:
        """The most that a kernel of this many operations per byte from memory can reach, in FLOP/s."""
        return min(self.flops, intensity * self.bandwidth)
