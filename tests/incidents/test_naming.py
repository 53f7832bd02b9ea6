"""What series are called where people type them."""

from __future__ import annotations

import pytest

from pytest_relaybench.incidents.naming import names_series, series_name
from tests.incidents.made_nights import Series

MATMUL = Series(experiment="matmul", test="test_matmul", params={"size": 256}).key
NET = Series(params={"network": "resnet-18", "device": "cpu"}, variant="git:main").key


def test_name():
    """Experiment, test with values, metric; the variant unless it is the installed one."""
    assert series_name(MATMUL) == "matmul/test_matmul[256]/time"
    assert series_name(NET) == "nets/test_infer[cpu-resnet-18]/time (git:main)"
    assert series_name(Series(params={}).key) == "nets/test_infer/time"


@pytest.mark.parametrize(
    "pattern",
    [
        "nets/test_infer[cpu-resnet-18]/time (git:main)",
        "nets/test_infer[cpu-resnet-18]/time",
        "nets/test_infer[resnet-18-cpu]/time",
        "nets/test_infer[cpu-resnet-18]",
        "nets/test_infer",
        "nets",
        "nets/*",
        "*resnet-18]/time",
        "*/test_infer[[]cpu-*".replace("[[]", "["),
        "n?ts",
        "*(git:main)",
    ],
)
def test_patterns_that_mean_it(pattern):
    """The whole name, its beginnings, its parameters in another order, and globs of all that."""
    assert names_series(pattern, NET)
    assert not names_series(pattern, MATMUL)


@pytest.mark.parametrize("pattern", ["net", "nets/", "test_infer", "resnet-18", "", "nets/test_infer[cpu]", "[n]ets"])
def test_patterns_that_do_not(pattern):
    """A part of a name is no name, and brackets are only brackets."""
    assert not names_series(pattern, NET)
