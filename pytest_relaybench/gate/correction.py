"""Many series at once: the more are looked at, the surer each must be, or a gate of fifty fails by chance alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..config import GateConfig
from ..detect import Kind
from .evidence import Judged


def corrected(judged: Sequence[Judged], rules: Mapping[str, GateConfig]) -> list[Judged]:
    """The same series; those that are `slower` and not sure to be, among so many, are `unsure`.

    By Holm's rule: of m series with a spread, the least chance is multiplied by m, the next by m - 1, and so on, and
    none counts for less than the one before (Holm, Scandinavian Journal of Statistics 6, 1979). So the chance that any
    of them fails while none has changed is at most 1 - confidence.
    """
    n_series = sum(entry.evidence.spread is not None and entry.evidence.is_compared for entry in judged)
    suspects = sorted((entry for entry in judged if not math.isnan(entry.chance)), key=lambda entry: entry.chance)
    chances: dict[int, float] = {}
    least = 0.0
    for place, entry in enumerate(suspects):
        least = min(1.0, max(least, (n_series - place) * entry.chance))
        chances[id(entry)] = least
    return [_told(entry, chances.get(id(entry)), n_series, rules) for entry in judged]


def _told(entry: Judged, chance: float | None, n_series: int, rules: Mapping[str, GateConfig]) -> Judged:
    if chance is None or entry.verdict != Kind.SLOWER:
        return entry
    evidence = replace(entry.evidence, p=chance)
    bearable = 1 - rules.get(entry.evidence.series.experiment, GateConfig()).confidence
    if chance <= bearable:
        return replace(entry, evidence=evidence)
    why = f"{entry.why}, which among {n_series} series chance alone may do (p = {chance:.2g})"
    return replace(entry, evidence=evidence, verdict=Kind.UNSURE, why=why)
