"""How many series are looked at counts: a gate does not fail by their number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pytest_relaybench.detect import Kind
from pytest_relaybench.detect.student import student_quantile, student_tail
from pytest_relaybench.gate.evidence import Evidence, Spread
from pytest_relaybench.gate.side_by_side import side_by_side

from .made import decide, evidence, series

N_SERIES, N_PROCESSES = 50, 5


def one(n: int, ratio: float, error: float = 0.01) -> Evidence:
    """A series measured side by side, which by itself is beyond 1 %."""
    return evidence(
        Kind.SLOWER,
        of=series(f"test_{n}"),
        ratio=ratio,
        source="side by side",
        spread=Spread(error, 8),
        usual_percent=1.0,
    )


def test_the_more_series_the_surer() -> None:
    """What stands for itself alone is unsure among fifty, with its chance there; a clear one still fails."""
    suspect = one(0, 1.03)
    assert decide(suspect).findings[0].verdict == "slower"
    others = [one(n, 1.0) for n in range(1, N_SERIES)]
    result = decide(suspect, *others)
    assert not result.failed
    found = result.findings[0]
    assert found.verdict == "unsure"
    chance = N_SERIES * stats.t.sf(math.log(1.03) / 0.01, 8)
    assert found.p == pytest.approx(min(1.0, chance))
    assert f"among {N_SERIES} series" in found.rule
    assert decide(one(0, 1.2), *others).failed


def test_holm_is_kinder_than_bonferroni() -> None:
    """Once the clearest ones are told, the next are held to the number that is left."""
    clear = [one(n, 1.5) for n in range(9)]
    borderline = one(9, 1.03)
    by_itself = stats.t.sf(math.log(1.03) / 0.01, 8)
    assert 10 * by_itself > 0.05 > by_itself
    assert decide(*clear, borderline).findings[-1].verdict == "slower"
    assert decide(*(one(n, 1.0) for n in range(9)), borderline).findings[-1].verdict == "unsure"


def test_equal_builds_pass() -> None:
    """Of 25 gates over 50 equal series each, by noise of real processes, almost none fails; several would without."""
    random = np.random.default_rng(6)
    failed = naive = 0
    for _ in range(25):
        pieces = [
            piece for n in range(N_SERIES) for piece in side_by_side("matmul", made(n, random, 1.0), "m1", **SURE)
        ]
        naive += any(piece.kind == Kind.SLOWER for piece in pieces)
        failed += decide(*pieces).failed
    assert failed <= 1
    assert naive > 3


def test_real_step_is_found() -> None:
    """One of fifty that is 15 % slower fails in nearly all gates, and it alone is named."""
    random = np.random.default_rng(7)
    found = 0
    for _ in range(10):
        pieces = [
            piece
            for n in range(N_SERIES)
            for piece in side_by_side("matmul", made(n, random, 1.15 if n == 7 else 1.0), "m1", **SURE)
        ]
        found += [finding.test for finding in decide(*pieces).failing] == ["test_7"]
    assert found >= 9


SURE = {"confidence": 0.95, "most": 5}


def made(n: int, random: np.random.Generator, ratio: float):
    """What a journal keeps of one test; processes differ by a heavy-tailed 2 %."""
    metrics = []
    for variant, level in (("a", 0.01), ("b", 0.01 * ratio)):
        samples = level * np.exp(0.02 / 3**0.5 * random.standard_t(3, N_PROCESSES))
        metrics.append(
            {
                "name": "time",
                "unit": "s",
                "direction": "lower",
                "samples": list(samples),
                "reps": list(range(N_PROCESSES)),
            }
            | {"variant": variant}
        )
    comparison = {"base": "a", "base_hash": None, "candidate": "b", "candidate_hash": None}
    return {"test": f"test_{n}", "params": {}, "metrics": metrics, "comparisons": [comparison]}


@pytest.mark.parametrize("df", [1, 2, 4.7, 9, 38, 1000])
def test_student(df: float) -> None:
    """Tail and quantile are those of SciPy, far out too."""
    for t in (-3.0, 0.0, 0.3, 1.0, 2.5, 6.0, 40.0):
        assert student_tail(t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-9, abs=1e-14)
    for tail in (0.5, 0.1, 0.025, 0.001):
        assert student_quantile(tail, df) == pytest.approx(stats.t.isf(tail, df), rel=1e-6, abs=1e-12)
    assert (student_tail(math.inf, df), student_tail(-math.inf, df)) == (0.0, 1.0)
