"""How long each pass of a compilation takes, from TVM's own calls before and after every pass."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import tvm


@dataclass(frozen=True)
class Span:
    """One pass that ran; `depth` is 0 for one that no other pass has called."""

    name: str
    depth: int
    start_s: float
    seconds: float


@tvm.ir.instrument.pass_instrument
class PassClock:
    """An instrument for `PassContext(instruments=[clock])`; `spans` then has every pass, inner ones before outer ones.

    TVM's own `PassTimingInstrument` has a text only, in which nested passes of equal names cannot be told apart.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._open: list[float] = []

    def run_before_pass(self, mod: tvm.IRModule, info: Any) -> None:  # noqa: ARG002, protocol of TVM
        """Protocol of TVM."""
        self._open.append(time.perf_counter())

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:  # noqa: ARG002, protocol of TVM
        """Protocol of TVM."""
        start = self._open.pop()
        self.spans.append(Span(str(info.name), len(self._open), start, time.perf_counter() - start))

    def seconds(self, names: Collection[str]) -> float:
        """Seconds in passes of these names; one inside another of them counts once."""
        found = sorted((span for span in self.spans if span.name in names), key=lambda span: (span.start_s, span.depth))
        total, end = 0.0, 0.0
        for span in found:
            if span.start_s >= end:
                total, end = total + span.seconds, span.start_s + span.seconds
        return total
