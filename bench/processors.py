"""Thread counts that this machine can serve; free of TVM and torch."""

from __future__ import annotations

import os

import pytest


def skip_if_too_many(threads: int) -> None:
    """Skip the test where its process has fewer CPUs than `threads`: it would measure how threads wait."""
    cpus = len(os.sched_getaffinity(0))
    if threads > cpus:
        pytest.skip(f"{threads} threads on {cpus} CPUs would wait for each other: leave the count out on this machine")
