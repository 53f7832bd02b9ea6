"""Made evidence, and a made result with one of everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_relaybench.config import GateConfig
from pytest_relaybench.detect import Kind
from pytest_relaybench.gate import Decision, Evidence, GateResult, Series, Terms, judge

JUNIT_SCHEMA = Path(__file__).parent / "schemas" / "junit-10.xsd"  # of the Jenkins xunit plugin, from pytest's tests
NASTY = "a|b `c` <script>alert(1)</script> @everyone #1 *x* _y_ [l](u) \u202e \x1b[31m%0A"


def series(test: str = "test_matmul", metric: str = "time", **parts: str) -> Series:
    """A series of the experiment `matmul`."""
    usual = {"experiment": "matmul", "test": test, "params": '{"size": 256}', "metric": metric}
    return Series(**{**usual, "variant": "installed", "machine": "m1", **parts})


def evidence(kind: Kind = Kind.SAME, *, of: Series | None = None, ratio: float = 1.0, **parts: Any) -> Evidence:
    """Evidence from the history, of a time that was 10 ms, unless told otherwise."""
    usual: dict[str, Any] = {"unit": "s", "direction": "lower", "source": "history", "against": "before 2026-11-20"}
    base = parts.pop("base", 0.01)
    interval = {"low": ratio * 0.99, "high": ratio * 1.01}
    told = {**usual, **interval, "base": base, "now": base * ratio, "ratio": ratio, **parts}
    return Evidence(series=of or series(), kind=kind, **told)


def decide(*pieces: Evidence, terms: Terms | None = None, **rule: Any) -> GateResult:
    """The gate over these pieces with this config of `matmul`."""
    return judge(pieces, {"matmul": GateConfig(**rule)}, terms or Terms(), run_id="20261122T030000.000000Z")


def everything() -> GateResult:
    """A failed gate that has one of every outcome, a limit broken, and names that mean harm."""
    pieces = [
        evidence(Kind.SLOWER, of=series("test_slow"), ratio=1.082),
        evidence(Kind.SLOWER, of=series("test_accepted"), ratio=1.3),
        evidence(
            Kind.SLOWER, of=series("test_nasty", params='{"engine": "' + NASTY_JSON + '"}'), ratio=1.5, reason=NASTY
        ),
        evidence(Kind.SAME, of=series("test_same")),
        evidence(Kind.MACHINE, of=series("test_moved"), ratio=1.2, reason="sentinels moved"),
        evidence(Kind.MISSING, of=series("test_gone"), now=float("nan"), ratio=float("nan")),
        evidence(Kind.UNSURE, of=series("test_new"), is_compared=False, reason="too little history"),
        evidence(Kind.SAME, of=series("test_big", "artifact_size"), unit="B", base=2e6),
    ]
    decision = Decision("2026-11-20a", is_muted=False, why="new layout @team")
    return judge(
        pieces,
        {"matmul": GateConfig(limit={"artifact_size": 1e6})},
        Terms(notes=("the machine m1 changed: CPU clock",)),
        run_id="20261122T030000.000000Z",
        decision_on=lambda found: decision if found.test == "test_accepted" else None,
    )


NASTY_JSON = NASTY.replace("\x1b", "\\u001b")
