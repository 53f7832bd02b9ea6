"""Lines of progress from inside a test."""

from __future__ import annotations

import pytest

SLOW = """
def test_slow(bench, tell):
    print("kept for the report")
    tell("half of it is done")
    bench(sum, (1, 2))
"""


@pytest.mark.parametrize("isolation", ["process", "none"])
def test_lines_reach_the_terminal(project, isolation):
    """What a test tells stands on the terminal although what it prints does not, in a child or not."""
    project.experiment("slow", SLOW)
    result = project.night("--isolation", isolation)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["half of it is done"])
    assert "kept for the report" not in result.stdout.str()
