"""The decision: which series are worse beyond what is tolerated, and whether that stops the build. No I/O."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..config import GateConfig
from ..detect import Kind
from ..reading import nearest
from ..render.format import count_text, value_text
from .correction import corrected
from .evidence import Evidence, Judged, Series
from .result import Finding, GateResult, Outcome, known
from .thresholds import hold

EMPTY = "nothing to compare"


@dataclass(frozen=True)
class Decision:
    """What people said of a series: the incident, whether it is accepted or muted, and why."""

    incident: str
    is_muted: bool
    why: str


@dataclass(frozen=True)
class Terms:
    """Which verdicts fail beside `slower`, and whether a gate that checks less than it was told may pass."""

    fails_on: frozenset[str] = frozenset()
    may_be_empty: bool = False
    is_selection: bool = False  # tests were picked: what is not there was not asked for
    problems: tuple[str, ...] = ()  # for which it fails whatever the series say
    notes: tuple[str, ...] = ()  # for which it does not


def judge(
    evidence: Sequence[Evidence],
    rules: Mapping[str, GateConfig],
    terms: Terms,
    *,
    run_id: str = "",
    decision_on: Callable[[Series], Decision | None] = lambda _: None,
) -> GateResult:
    """The gate over all series of tonight; `rules` has the config of each experiment that has one.

    A gate that has nothing to check, or not what its config names, fails unless `terms` let it.
    """
    gated = [entry for entry in evidence if _is_gated(entry, _rule(rules, entry))]
    judged = corrected([hold(entry, _rule(rules, entry)) for entry in gated], rules)
    findings = tuple(_finding(entry, _rule(rules, entry.evidence), terms, decision_on) for entry in judged)
    unknown = [line for name, rule in rules.items() for line in _amiss(name, rule, evidence)]
    amiss = [*([] if terms.is_selection else unknown), *_unfinished(findings)]
    amiss += [] if amiss or terms.problems else _emptiness(findings, evidence)
    problems = (*terms.problems, *(() if terms.may_be_empty else amiss))
    failed = bool(problems) or any(finding.outcome == "fails" for finding in findings)
    return GateResult(
        status="failed" if failed else "passed",
        run_id=run_id,
        findings=findings,
        problems=problems,
        notes=(*terms.notes, *(unknown if terms.is_selection else ()), *(amiss if terms.may_be_empty else ())),
        fails_on=tuple(sorted(terms.fails_on)),
    )


def _rule(rules: Mapping[str, GateConfig], entry: Evidence) -> GateConfig:
    return rules.get(entry.series.experiment, GateConfig())


def _is_gated(entry: Evidence, rule: GateConfig) -> bool:
    metric = entry.series.metric
    if metric in rule.limit:
        return True
    return entry.direction != "neutral" and (rule.metrics is None or metric in rule.metrics)


def _finding(
    judged: Judged, rule: GateConfig, terms: Terms, decision_on: Callable[[Series], Decision | None]
) -> Finding:
    entry = judged.evidence
    limit = rule.limit.get(entry.series.metric)
    broken_limit = _broken_limit(entry, limit)
    stops = judged.verdict == Kind.SLOWER or (judged.verdict in terms.fails_on and _was_held(judged))
    decision = decision_on(entry.series) if stops else None
    # a base that was measured beside it has what was accepted: what is worse than that is news
    excused = decision is not None and (decision.is_muted or entry.source != "side by side")
    outcome: Outcome = "passes" if _was_held(judged) or limit is not None else "not compared"
    if stops:
        outcome = "accepted" if excused else "fails"
    return Finding(
        **{**entry.series._asdict(), "params": json.loads(entry.series.params)},
        unit=entry.unit,
        direction=entry.direction,
        source=entry.source,
        against=entry.against,
        verdict=str(judged.verdict),
        outcome="fails" if broken_limit else outcome,
        rules=tuple(filter(None, [broken_limit, judged.why if entry.is_compared or not broken_limit else ""])),
        base=known(entry.base),
        now=known(entry.now),
        ratio=known(entry.ratio),
        ci_low=known(entry.low),
        ci_high=known(entry.high),
        p=known(entry.p),
        limit=limit,
        is_beyond_limit=bool(broken_limit),
        since=entry.since,
        incident=decision.incident if decision else None,
        decision=decision.why if decision and excused else "",
    )


def _was_held(judged: Judged) -> bool:
    """Whether the series was held against anything, or would have been."""
    return judged.evidence.is_compared and judged.evidence.direction != "neutral"


def _broken_limit(entry: Evidence, limit: float | None) -> str:
    if limit is None or math.isnan(entry.now):
        return ""
    if entry.direction == "higher":
        return f"below its limit of {value_text(limit, entry.unit)}" if entry.now < limit else ""
    return f"above its limit of {value_text(limit, entry.unit)}" if entry.now > limit else ""


def _emptiness(findings: Sequence[Finding], evidence: Sequence[Evidence]) -> list[str]:
    """A line when no series was held against anything, with the reason that most of them have."""
    if any(finding.outcome != "not compared" for finding in findings):
        return []
    if not evidence:
        return [f"{EMPTY}: nothing was measured"]
    if not findings:
        return [f"{EMPTY}: no series is in the gated set"]
    return [f"{EMPTY}: {findings[0].rule or 'no series has a base'}"]


def _unfinished(findings: Sequence[Finding]) -> list[str]:
    """A line for each experiment that was to be compared side by side and was not, in too few processes to tell."""
    cut = [one for one in findings if one.source == "side by side" and one.outcome == "not compared"]
    return [
        f"{name}: {count_text(len(own), 'series', 'series')} of {count_text(len({one.test for one in own}), 'test')}"
        f" not compared: {own[0].rule}; a longer compare_budget_s helps"
        for name in dict.fromkeys(one.experiment for one in cut)
        if (own := [one for one in cut if one.experiment == name])
    ]


def _amiss(name: str, rule: GateConfig, evidence: Sequence[Evidence]) -> list[str]:
    """A line for each metric that a config names and no series of its experiment has, or that cannot be worse."""
    directions = {e.series.metric: e.direction for e in evidence if e.series.experiment == name}
    unknown = sorted(rule.named() - directions.keys()) if directions else []
    neutral = sorted(metric for metric in rule.metrics or () if directions.get(metric) == "neutral")
    return [
        *(f"gate of {name}: no series has the metric {metric!r}; {nearest(metric, directions)}" for metric in unknown),
        *(f"gate of {name}: {metric!r} is neither better up nor down: it cannot be worse" for metric in neutral),
    ]
