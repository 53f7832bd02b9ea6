"""Summaries beside torch, word for word."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.speedups import speed_text, speedup_lines
from pytest_relaybench.render.graphs import Bars

EXPERIMENTS = sorted(path.stem for path in Path(bench.__file__).parent.glob("test_*.py"))


def table(**seconds: float) -> pd.DataFrame:
    """Rows of one night: each engine's time of one network."""
    common = {"run_id": "1", "metric": "time", "network": "dqn"}
    return pd.DataFrame([{**common, "engine": name.replace("_", "-"), "value": s} for name, s in seconds.items()])


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(2.27, "2.27×"), (1.0, "1.00×"), (0.997, "1.00×"), (0.569, "1.76× slower"), (0.0285, "35.1× slower")],
)
def test_slow_is_told_as_slow(ratio, text):
    """No fraction of a time: what is slower says by how much."""
    assert speed_text(ratio) == text


def test_what_the_time_is_of():
    """The heading says what was timed where that is no call; without torch it does so as well."""
    both, alone = table(torch_eager=0.0123, relax=0.123), table(relax=0.123)
    assert speedup_lines(both, "Training", ["network"], timed="an epoch") == [
        "Training: times as fast as torch-eager, whose time of an epoch stands first",
        "dqn: torch-eager 12.3 ms, relax 10.0× slower",
    ]
    assert speedup_lines(alone, "Training", ["network"], timed="an epoch") == [
        "Training: time of an epoch",
        "dqn: relax 123 ms",
    ]
    assert speedup_lines(both, "Nets", ["network"])[0] == "Nets: times as fast as torch-eager, whose time stands first"


def test_ratios_have_one_kind_of_axis():
    """Every picture of ratios is logarithmic: twice as fast and twice as slow are equally far from 1."""
    modules = [importlib.import_module(f"bench.{name}") for name in EXPERIMENTS]
    ratios = [g for m in modules for g in getattr(m, "graphs", []) if isinstance(g, Bars) and g.reference]
    assert len(ratios) >= 5
    assert all(graph.log for graph in ratios)
