"""The gate's options: several words and files at once, from whichever source."""

from __future__ import annotations

import pytest

from pytest_relaybench.gate_options import GateOptions
from pytest_relaybench.options import read_options


def read(pytester: pytest.Pytester, *arguments: str, ini: str = "") -> GateOptions:
    """The gate's options of a session with these arguments and this ini file."""
    pytester.makeini(f"[pytest]\n{ini}\n")
    return read_options(pytester.parseconfig(*arguments)).gate


def test_nothing_asked(pytester: pytest.Pytester) -> None:
    """No gate, no report, no baseline."""
    assert read(pytester) == GateOptions()


def test_repeated_or_with_commas(pytester: pytest.Pytester) -> None:
    """Words come repeated, with commas, or both."""
    found = read(pytester, "--gate", "--gate-on", "unsure,missing", "--gate-on=broken", "--gate-allow", "empty")
    assert found.is_on
    assert found.fails_on == {"unsure", "missing", "broken"}
    assert found.allows == {"empty"}


def test_environment_and_ini(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several reports are separated as paths are; what stands in the ini file may wait there for a gate."""
    monkeypatch.setenv("RELAYBENCH_GATE_REPORT", "/a/gate.md:/a/gate.SARIF")
    found = read(pytester, ini="relaybench_gate_on = unsure, missing\nrelaybench_gate_against = history")
    assert [path.name for path in found.reports] == ["gate.md", "gate.SARIF"]
    assert not found.is_on
    assert found.fails_on == {"unsure", "missing"}
    assert found.against == "history"


def test_gate_does_not_swallow_a_path(pytester: pytest.Pytester) -> None:
    """`pytest --gate bench` has `bench` as its path."""
    (pytester.path / "bench").mkdir()
    assert pytester.parseconfig("--gate", "bench").args == ["bench"]
