"""What stops a build: pure decisions on made evidence."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_relaybench.config import GateConfig
from pytest_relaybench.detect import Kind
from pytest_relaybench.gate import Decision, Terms, judge

from .made import decide, evidence, series


def outcome(*pieces, **rule):
    """Verdict and outcome of the one series."""
    (finding,) = decide(*pieces, **rule).findings
    return finding.verdict, finding.outcome


def test_slower_fails() -> None:
    """A series that the history calls slower fails, and the headline names it with its change."""
    result = decide(evidence(Kind.SLOWER, ratio=1.082), evidence(of=series("test_other")))
    assert result.failed
    assert result.headline == "1 of 2 series is worse: matmul/test_matmul[256]/time +8.2 %"
    assert [finding.outcome for finding in result.findings] == ["fails", "passes"]


@pytest.mark.parametrize("kind", [Kind.SAME, Kind.FASTER, Kind.MACHINE, Kind.MISSING, Kind.BROKEN])
def test_other_verdicts_pass(kind: Kind) -> None:
    """What is not worse passes; a machine that changed, a test that vanished or failed is told elsewhere."""
    result = decide(evidence(kind, ratio=1.2), evidence(of=series("test_other")))
    assert not result.failed
    assert result.findings[0].verdict == kind


@pytest.mark.parametrize("kind", [Kind.MACHINE, Kind.MISSING, Kind.BROKEN])
def test_gate_on(kind: Kind) -> None:
    """`--gate-on` makes further verdicts fail, and only those."""
    assert decide(evidence(kind), terms=Terms(frozenset({str(kind)}))).failed
    assert not decide(evidence(kind), terms=Terms(frozenset({"unsure"}))).failed


def test_unsure_fails_only_where_something_was_compared() -> None:
    """`--gate-on unsure` is about what cannot be told, not about a new test that has nothing before it."""
    terms = Terms(frozenset({"unsure"}))
    new = evidence(Kind.UNSURE, of=series("test_new"), is_compared=False)
    assert not decide(evidence(), new, terms=terms).failed
    assert decide(evidence(Kind.UNSURE), new, terms=terms).failed


def test_metrics_without_direction_are_not_gated() -> None:
    """All series with a direction are in the gated set; `metrics` narrows it."""
    neutral = evidence(Kind.UNSURE, of=series(metric="flops"), direction="neutral", ratio=2.0)
    compile_time = evidence(Kind.SLOWER, of=series(metric="compile"), ratio=2.0)
    assert [finding.metric for finding in decide(neutral, compile_time, evidence()).findings] == ["compile", "time"]
    assert [finding.metric for finding in decide(neutral, compile_time, evidence(), metrics=["time"]).findings] == [
        "time"
    ]
    assert not decide(evidence(Kind.SLOWER, ratio=2.0), evidence(of=series("x", experiment="other")), metrics=[]).failed


@pytest.mark.parametrize(
    ("ratio", "percent", "verdict"),
    [(1.10, 5.0, "slower"), (1.055, 5.0, "unsure"), (1.03, 5.0, "same"), (1.03, 0.0, "slower")],
)
def test_percent(ratio: float, percent: float, verdict: str) -> None:
    """Worse when the whole interval (here 1 % to each side) is beyond the tolerance, unsure when a part of it is."""
    assert outcome(evidence(Kind.SLOWER, ratio=ratio), percent=percent)[0] == verdict


def test_higher_is_better() -> None:
    """Where higher is better a fall is worse, in tolerance, interval and limit."""
    rate = evidence(
        Kind.SLOWER,
        of=series(metric="rate"),
        direction="higher",
        unit="1/s",
        base=100.0,
        ratio=0.9,
        low=0.89,
        high=0.91,
    )
    assert outcome(rate, percent=5.0) == ("slower", "fails")
    assert outcome(rate, percent=15.0) == ("same", "passes")
    assert outcome(rate, percent=11.0)[0] == "unsure"
    assert outcome(rate, absolute=8.0)[0] == "slower"
    assert outcome(rate, absolute=12.0)[0] == "same"
    assert outcome(replace(rate, kind=Kind.SAME), limit={"rate": 95.0}) == ("same", "fails")
    assert outcome(replace(rate, kind=Kind.SAME), limit={"rate": 80.0}) == ("same", "passes")


def test_absolute() -> None:
    """A change within the absolute tolerance passes however large its share; both tolerances must be passed."""
    tiny = evidence(Kind.SLOWER, base=1e-6, ratio=1.5)
    assert outcome(tiny, absolute=1e-4) == ("same", "passes")
    assert outcome(tiny, absolute=1e-7) == ("slower", "fails")
    assert outcome(tiny, absolute=1e-7, percent=60.0) == ("same", "passes")


def test_tolerances_by_metric() -> None:
    """A tolerance may be of one metric; others keep the rule of their base."""
    compile_time = evidence(Kind.SLOWER, of=series(metric="compile"), ratio=1.2)
    result = decide(compile_time, evidence(Kind.SLOWER, ratio=1.2), percent={"compile": 30.0})
    assert [finding.outcome for finding in result.findings] == ["passes", "fails"]


def test_confidence_of_the_history() -> None:
    """A verdict that is less sure than the config asks for is unsure."""
    piece = evidence(Kind.SLOWER, ratio=1.2, p=0.03)
    assert outcome(piece)[0] == "slower"
    assert outcome(piece, confidence=0.99)[0] == "unsure"
    assert outcome(piece, confidence=0.99, percent=5.0)[0] == "unsure"


def test_thresholds_do_not_overrule_a_verdict_of_no_change() -> None:
    """What the history calls the same is not made worse by a ratio beyond a threshold."""
    assert outcome(evidence(Kind.SAME, ratio=1.2), percent=5.0) == ("same", "passes")


def test_values_without_ratio() -> None:
    """A count that grows from nothing has no ratio and is judged by its difference."""
    count = evidence(
        Kind.SLOWER, of=series(metric="fallbacks"), unit="1", base=0.0, ratio=math.nan, now=3.0, usual_percent=0.0
    )
    assert outcome(count) == ("slower", "fails")
    assert outcome(count, absolute=5.0) == ("same", "passes")
    assert decide(count).headline == "1 of 1 series is worse: matmul/test_matmul[256]/fallbacks 0 → 3"


def test_limit() -> None:
    """A budget holds for every series of the metric, also for one without a base, and whatever its direction."""
    new = evidence(Kind.UNSURE, now=0.02, is_compared=False)
    result = decide(new, limit={"time": 0.01})
    assert result.failed
    assert result.findings[0].rule == "above its limit of 10 ms"
    assert not decide(new, limit={"time": 0.03}).failed  # a limit is something to hold it against
    neutral = evidence(
        Kind.UNSURE, of=series(metric="steps"), direction="neutral", unit="1", now=9.0, is_compared=False
    )
    assert decide(neutral, limit={"steps": 8.0}).failed


def test_nothing_to_compare() -> None:
    """A gate that holds nothing against anything fails and says why, unless it may be empty."""
    new = evidence(Kind.UNSURE, is_compared=False, reason="too little history")
    result = decide(new)
    assert result.failed
    assert result.headline == "nothing to compare: too little history"
    allowed = decide(new, terms=Terms(may_be_empty=True))
    assert not allowed.failed
    assert allowed.notes == ("nothing to compare: too little history",)
    assert decide().headline == "nothing to compare: nothing was measured"
    assert decide(evidence(), metrics=[]).headline == "nothing to compare: no series is in the gated set"


def test_metrics_that_nobody_measures() -> None:
    """A metric that only the config knows fails, with the nearest one; for a selection of tests it is a note."""
    result = decide(evidence(), limit={"tiem": 1.0})
    assert result.problems == ("gate of matmul: no series has the metric 'tiem'; did you mean \"time\"?",)
    assert result.failed
    selected = decide(evidence(), limit={"tiem": 1.0}, terms=Terms(is_selection=True))
    assert (selected.status, selected.notes) == ("passed", result.problems)
    neutral = evidence(Kind.UNSURE, of=series(metric="flops"), direction="neutral")
    (problem,) = decide(evidence(), neutral, metrics=["flops", "time"]).problems
    assert problem == "gate of matmul: 'flops' is neither better up nor down: it cannot be worse"


@pytest.mark.parametrize(
    ("source", "is_muted", "expected"),
    [("history", False, "accepted"), ("side by side", False, "fails"), ("side by side", True, "accepted")],
)
def test_decisions(source: str, is_muted: bool, expected: str) -> None:
    """What people accepted passes and is listed; a base measured beside it has that already: a mute counts there."""
    decision = Decision("2026-11-20a", is_muted, "new layout")
    piece = evidence(Kind.SLOWER, ratio=1.2, source=source)
    (finding,) = judge([piece], {}, Terms(), decision_on=lambda _: decision).findings
    assert (finding.outcome, finding.incident) == (expected, "2026-11-20a")
    assert finding.decision == ("new layout" if expected == "accepted" else "")


def test_no_decision_lifts_a_limit() -> None:
    """A budget is a budget."""
    decision = Decision("2026-11-20a", is_muted=True, why="new layout")
    rule = {"matmul": GateConfig(limit={"time": 0.011})}
    assert judge([evidence(Kind.SLOWER, ratio=1.2)], rule, Terms(), decision_on=lambda _: decision).failed


def test_headline_names_the_worst_first() -> None:
    """Of many, the three greatest changes are named."""
    pieces = [evidence(Kind.SLOWER, of=series(f"test_{n}", params="{}"), ratio=1 + n / 100) for n in range(5, 10)]
    assert decide(*pieces).headline == (
        "5 of 5 series are worse: matmul/test_9/time +9.0 %, matmul/test_8/time +8.0 %, matmul/test_7/time +7.0 %"
        " and 2 more"
    )
