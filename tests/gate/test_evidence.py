"""Evidence from verdicts and from builds that were measured side by side."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from pytest_relaybench.detect import Kind, compare_processes
from pytest_relaybench.gate import Terms, from_verdicts, side_by_side, without_base

from .made import decide

VERDICT = {
    "experiment": "matmul", "test": "test_matmul", "params": "{}", "metric": "time", "variant": "installed",
    "machine": "m1", "unit": "s", "direction": "lower", "run_id": "20261122T030000.000000Z", "value": 1.1,
    "previous": 1.09, "previous_run_id": "20261121T030000.000000Z", "kind": "slower", "since": None,
    "level_ratio": 1.1, "level_low": 1.08, "level_high": 1.12, "p": 1e-6, "reason": "",
}  # fmt: skip


def verdict(**columns: Any):
    (piece,) = from_verdicts(pd.DataFrame([{**VERDICT, **columns}]))
    return piece


def test_verdict_of_tonight() -> None:
    """A change that began tonight is held against the run before."""
    piece = verdict()
    assert (piece.kind, piece.ratio, piece.low, piece.high, piece.p) == (Kind.SLOWER, 1.1, 1.08, 1.12, 1e-6)
    assert (piece.base, piece.against) == (1.09, "the run of 2026-11-21")


def test_verdict_of_some_nights_ago() -> None:
    """A change of some nights ago is held against the level before it, and not against the night before."""
    piece = verdict(since="20261119T030000.000000Z")
    assert piece.base == pytest.approx(1.0)
    assert piece.against == "before 2026-11-19"


def test_too_little_history() -> None:
    """Unsure without any statistics is compared with nothing; unsure with them is unsure."""
    assert not verdict(kind="unsure", p=math.nan, level_ratio=math.nan).is_compared
    assert verdict(kind="unsure", p=math.nan).reason == "too little history"
    assert verdict(kind="unsure", p=0.2).is_compared


def test_missing_value() -> None:
    """A series that was not measured has no value, and a reason where judging gives one."""
    piece = verdict(kind="missing", value=None, level_ratio=None, reason="timed out")
    assert math.isnan(piece.now)
    assert piece.reason == "timed out"
    assert decide(piece).findings[0].now is None


def test_without_base() -> None:
    """What has no history at all says so."""
    (piece,) = without_base(pd.DataFrame([VERDICT]))
    assert (piece.now, piece.is_compared, piece.reason) == (1.1, False, "there is no history to compare with")


def measured(**metrics: tuple[list[list[float]], list[list[float]], dict[str, Any]]) -> dict[str, Any]:
    """What a journal keeps of a test: metric → processes of the base, of the candidate, and what else it has."""
    entries = [
        {
            "name": name,
            "unit": "s",
            "direction": "lower",
            **rest,
            "variant": label,
            "samples": [sample for process in side for sample in process],
            "reps": [number for number, process in enumerate(side) for _ in process],
        }
        for name, (base, candidate, rest) in metrics.items()
        for label, side in (("git:main", base), ("git:new", candidate))
    ]
    comparison = {"base": "git:main", "base_hash": "a" * 40, "candidate": "git:new", "candidate_hash": "b" * 40}
    return {"test": "test_k", "params": {"n": 1}, "metrics": entries, "comparisons": [comparison]}


BASE = [[1.0, 1.01], [1.01, 1.0], [0.99, 1.0], [1.0, 1.0], [1.0, 0.99]]
SLOW = [[1.2 * sample for sample in process] for process in BASE]


def pieces(told: dict[str, Any], most: int = 20):
    return list(side_by_side("kernel", told, "m1", confidence=0.95, most=most))


def test_every_metric_is_compared() -> None:
    """Time as the comparison itself has it, and every other metric that both builds have, by processes."""
    told = measured(time=(BASE, SLOW, {}), rate=(BASE, SLOW, {"direction": "higher", "unit": "1/s"}))
    time, rate = pieces(told)
    expected = compare_processes(BASE, SLOW, confidence=0.99)
    assert (time.kind, time.ratio, (time.low, time.high)) == (Kind.SLOWER, expected.ratio, expected.ci)
    assert time.now / time.base == pytest.approx(time.ratio)
    assert (time.series.variant, time.against) == ("git:new", "git:main (aaaaaaaaaa)")
    assert rate.kind == Kind.FASTER
    assert [finding.outcome for finding in decide(time, rate).findings] == ["fails", "passes"]


def test_too_few_processes() -> None:
    """Four processes a side are compared with nothing, whatever they say."""
    (piece,) = pieces(measured(time=(BASE[:4], SLOW[:4], {})))
    assert not piece.is_compared
    exact = pieces(measured(size=([[1.0]], [[1.0]], {"deterministic": True})))
    result = decide(piece, *exact)
    assert result.failed  # that the size was compared does not make up for it
    told = "kernel: 1 series of 1 test not compared: 4 + 4 processes say too little; a longer compare_budget_s helps"
    assert result.headline == told
    assert not decide(piece, *exact, terms=Terms(may_be_empty=True)).failed


def test_deterministic_metrics() -> None:
    """One byte more is worse, one process a side is enough, and zero has no ratio."""
    exact = {"deterministic": True, "unit": "B"}
    (grown,) = pieces(measured(size=([[1000.0]], [[1001.0]], exact)))
    assert decide(grown).failed
    (same,) = pieces(measured(size=([[1000.0]], [[1000.0]], exact)))
    assert decide(same).findings[0].verdict == "same"
    (first,) = pieces(measured(size=([[0.0]], [[2.0]], exact)))
    assert decide(first).failed
    (less,) = pieces(measured(size=([[1000.0]], [[900.0]], exact)))
    assert decide(less).findings[0].verdict == "faster"


def test_not_compared() -> None:
    """A test that compared nothing gives nothing."""
    told = measured(time=(BASE, SLOW, {}))
    assert pieces({**told, "comparisons": []}) == []
