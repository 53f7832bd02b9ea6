"""One series held against what its config tolerates."""

from __future__ import annotations

import math
from dataclasses import replace

from ..config import GateConfig
from ..detect import Kind
from ..render.format import value_text
from .evidence import Evidence, Judged

SAID = frozenset({Kind.MISSING, Kind.BROKEN, Kind.MACHINE})  # verdicts that no threshold changes


def hold(entry: Evidence, rule: GateConfig) -> Judged:
    """The verdict on a series at the gate, before it is corrected for how many others there are.

    Without a tolerance, in the config or by the kind of base, the verdict is the evidence's own. With one it is
    `slower` when the whole interval lies beyond both tolerances, and `unsure` when a part of it does.
    """
    metric = entry.series.metric
    if entry.kind in SAID:
        return Judged(entry, entry.kind, entry.reason)
    if not entry.is_compared or entry.direction == "neutral":
        return Judged(entry, Kind.UNSURE, entry.reason)
    percent, absolute = rule.percent_of(metric), rule.absolute_of(metric)
    if percent is None and absolute is None and entry.usual_percent is None:
        return _trusted(entry, rule.confidence)
    if entry.source == "history" and entry.kind != Kind.SLOWER:
        return Judged(entry, entry.kind, entry.reason)
    tolerated = percent if percent is not None else 0.0 if absolute is not None else entry.usual_percent or 0.0
    return _held_against(entry, tolerated, absolute or 0.0, rule.confidence)


def _trusted(entry: Evidence, confidence: float) -> Judged:
    """The verdict as it was given, if it is as sure as the config asks for."""
    if entry.kind == Kind.SLOWER and entry.p > 1 - confidence:
        return Judged(entry, Kind.UNSURE, f"worse, but p = {entry.p:.2g} where {1 - confidence:.2g} is asked for")
    return Judged(entry, entry.kind, entry.reason or ("worse than before" if entry.kind == Kind.SLOWER else ""))


def _held_against(entry: Evidence, percent: float, absolute: float, confidence: float) -> Judged:
    """Worse when the whole interval is beyond both tolerances, unsure when only a part of it is."""
    told = _tolerance_text(percent, absolute, entry.unit)
    beyond = f"worse by more than {told}" if percent or absolute else "worse, and nothing is tolerated"
    if math.isnan(entry.ratio):  # a value that is not positive has a difference and no ratio
        is_worse = entry.worse_by > absolute
        return Judged(entry, Kind.SLOWER, beyond) if is_worse else Judged(entry, Kind.SAME)
    threshold = _threshold(entry, percent, absolute)
    near, far = entry.worse_interval
    if near > threshold:
        verdict = _trusted(replace(entry, kind=Kind.SLOWER), confidence)
        why = beyond if verdict.verdict == Kind.SLOWER else verdict.why
        return replace(verdict, evidence=entry, why=why, chance=_chance(entry))
    if far <= threshold or entry.kind in (Kind.SAME, Kind.FASTER):
        within = f"within {told}" if entry.worse > 1 and (percent or absolute) else ""
        return Judged(entry, Kind.FASTER if entry.kind == Kind.FASTER else Kind.SAME, within)
    return Judged(entry, Kind.UNSURE, f"may be worse by more than {told}")


def _threshold(entry: Evidence, percent: float, absolute: float) -> float:
    """The tolerated ratio, turned so that above 1 is worse: the greater of the two tolerances."""
    if entry.direction == "higher":
        by_amount = entry.base / (entry.base - absolute) if absolute < entry.base else math.inf
    else:
        by_amount = 1 + absolute / entry.base
    return max(1 + percent / 100, by_amount)


def _chance(entry: Evidence) -> float:
    """P that an unchanged series looks as bad as this by chance; NaN where no spread is known."""
    return math.nan if entry.spread is None else entry.spread.chance(math.log(entry.worse))


def _tolerance_text(percent: float, absolute: float, unit: str) -> str:
    """`5 % and 0.1 ms`; of none at all, `nothing`."""
    parts = [f"{percent:g} %" if percent else "", value_text(absolute, unit) if absolute else ""]
    return " and ".join(filter(None, parts)) or "nothing"
