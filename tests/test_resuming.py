"""Which results of a night that was cut short stand."""

from __future__ import annotations

import pytest

from pytest_relaybench.resuming import stands
from pytest_relaybench.state import TestState

NODE = "bench/test_a.py::test_a"


@pytest.mark.parametrize(
    ("outcome", "variant", "tvm_hash", "expected"),
    [
        ("passed", "git:main", "abc", True),
        ("skipped", "git:main", "abc", True),
        ("failed", "git:main", "abc", False),
        ("passed", "git:main", "def", False),  # the branch has moved
        ("passed", None, None, True),  # its build cannot be made now, and nothing better is to be had
    ],
)
def test_results_that_stand(outcome: str, variant: str | None, tvm_hash: str | None, expected: bool) -> None:
    """What passed or was skipped on the build that would be measured now."""
    before = {"outcome": outcome, "tvm_hash": "abc"}
    assert stands(before, TestState(NODE, variant=variant, tvm_hash=tvm_hash)) is expected


def test_tests_without_a_build() -> None:
    """Their results stand whatever becomes of TVM."""
    assert stands({"outcome": "passed", "tvm_hash": None}, TestState(NODE))


@pytest.mark.parametrize(
    ("compared", "expected"), [(["abc", "def"], True), (["abc", "fed"], False), ([], True)]
)  # the last: one of the builds cannot be made now
def test_comparisons_of_builds_that_moved(compared: list[str | None], expected: bool) -> None:
    """What two builds were compared in stands while the test would compare the same two."""
    before = {"outcome": "passed", "tvm_hash": None, "compared": ["abc", "def"]}
    assert stands(before, TestState(NODE, compared=compared)) is expected
