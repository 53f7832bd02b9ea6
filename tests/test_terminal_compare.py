"""The terminal's table of comparisons."""

from __future__ import annotations

from typing import Any

from pytest_relaybench.terminal_compare import comparison_table


def entry(**changes: Any) -> dict[str, Any]:
    """A comparison as records have it."""
    usual = {
        "test": "test_kernel", "params": {}, "metric": "time", "base": "git:main", "base_hash": "0.90.0+aaa",
        "candidate": "git:slow", "candidate_hash": "0.90.0+bbb", "kind": "slower", "ratio": 1.2, "ci_low": 1.15,
        "ci_high": 1.25, "n_base": 5, "n_candidate": 5, "margin": 0.01, "confidence": 0.99, "spent_s": 5.9,
    }  # fmt: skip
    return {**usual, **changes}


def test_nothing_compared() -> None:
    """No comparison, no line."""
    assert comparison_table([]) == []


def test_one_line_a_comparison() -> None:
    """Below a line with the two builds stand test and parameters, change, interval, verdict, processes, seconds."""
    same = entry(params={"size": 64, "word": "a"}, kind="same", ratio=1.0, ci_low=0.996, ci_high=1.004, n_base=20)
    lines = comparison_table([entry(), same])
    assert lines[0] == "git:slow (0.90.0+bbb) against git:main (0.90.0+aaa):"
    columns = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[1:]]
    assert columns == [
        ["side by side", "change", "interval", "verdict", "processes", "took"],
        ["test_kernel", "+20.0 %", "+15.0 % to +25.0 %", "slower", "5 + 5", "5.9 s"],
        ["test_kernel {size: 64, word: a}", "no change", "−0.4 % to +0.4 %", "same", "20 + 5", "5.9 s"],
    ]


def test_each_pair_has_its_table() -> None:
    """Pairs of builds are told apart by label and hash, each in the order in which it first came."""
    lines = comparison_table([entry(), entry(candidate="installed", candidate_hash=None), entry(test="test_other")])
    heads = [line for line in lines if line.endswith(":")]
    assert heads == [
        "git:slow (0.90.0+bbb) against git:main (0.90.0+aaa):",
        "installed against git:main (0.90.0+aaa):",
    ]
    assert [line.split()[0] for line in lines if line.startswith("test_")] == [
        "test_kernel",
        "test_other",
        "test_kernel",
    ]


def test_what_is_not_known_is_a_dash() -> None:
    """A ratio or an interval that means nothing is shown as such."""
    lines = comparison_table([entry(kind="unsure", ratio=None, ci_low=None, ci_high=None)])
    assert [cell.strip() for cell in lines[-1].split("  ") if cell.strip()][1:4] == ["–", "– to –", "unsure"]
