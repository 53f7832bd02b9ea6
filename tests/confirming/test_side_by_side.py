"""Suspects interleaved with the build before: how many processes, in what order, and what they come to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

from pytest_relaybench.confirming.outcomes import Finding
from pytest_relaybench.confirming.processes import Entries
from pytest_relaybench.confirming.side_by_side import MOST, interleave
from pytest_relaybench.measure.interleave import Side

from .conftest import entries, suspected


class Builds:
    """Two builds whose processes differ by `noise`; the candidate is `ratio` of the base."""

    def __init__(self, ratio: float, noise: float = 0.005, seed: int = 0, **others: float) -> None:
        self.ratios = {"time": ratio, **others}
        self.noise = noise
        self.random = np.random.default_rng(seed)
        self.order: list[Side] = []

    def measure(self, side: Side) -> Entries:
        """One process: ten rounds of each metric."""
        self.order.append(side)
        return entries(
            **{name: self.rounds(ratio if side == "candidate" else 1) for name, ratio in self.ratios.items()}
        )

    def rounds(self, ratio: float) -> list[float]:
        level = ratio * self.random.lognormal(0, self.noise)
        return [float(value) for value in level * self.random.lognormal(0, 0.002, 10)]


def found(builds: Builds, ratio: float = 1.05, budget_s: float = 1e6) -> Finding:
    return interleave([suspected(ratio)], builds.measure, budget_s=budget_s)["time"]


def test_a_real_change_is_confirmed_after_five_pairs() -> None:
    """Slower as suspected: A B B A, five processes a side, ratio and interval told."""
    builds = Builds(1.05)
    one = found(builds)
    assert (one.outcome, one.method, one.kind) == ("confirmed", "side by side", "slower")
    assert one.ratio == pytest.approx(1.05, abs=0.01)
    assert one.ci_low is not None
    assert one.ci_high is not None
    assert 1.01 < one.ci_low < 1.05 < one.ci_high
    assert (one.n_base, one.n_candidate) == (5, 5)
    assert builds.order == [*["base", "candidate", "candidate", "base"] * 2, "base", "candidate"]


def test_what_is_not_there_is_not_confirmed() -> None:
    """Equal builds are the same; noisy ones are given up after ten pairs when nothing of the change is left."""
    one = found(Builds(1.0))
    assert (one.outcome, one.kind) == ("not confirmed", "same")
    assert "the same as the build before" in one.message
    noisy = [found(Builds(1.0, noise=0.04, seed=seed)) for seed in range(30)]
    assert sum(one.outcome == "confirmed" for one in noisy) <= 1
    assert sum(one.n_base == 10 for one in noisy) >= 10
    assert max(one.n_base for one in noisy) <= MOST


def test_noise_takes_more_processes() -> None:
    """A true 5 % in processes that scatter by 2.5 % is found by most, with ten pairs or more."""
    many = [found(Builds(1.05, noise=0.025, seed=seed)) for seed in range(20)]
    assert sum(one.outcome == "confirmed" for one in many) >= 15
    assert {one.n_base for one in many} <= {5, 10, 20, 40, 80}
    assert max(one.n_base for one in many) >= 10


def test_faint_suspects_take_ten_pairs() -> None:
    """Where only noise made the suspect, five pairs decide nothing, however clear they look."""
    faint = suspected()
    suspicion = dataclasses.replace(faint.suspicion, score=0.5)
    one = interleave([dataclasses.replace(faint, suspicion=suspicion)], Builds(1.05).measure, budget_s=1e6)["time"]
    assert (one.outcome, one.n_base) == ("confirmed", 10)
    builds = Builds(1.05)
    clock = iter([0.0, *[1.0] * 6, *[20.0] * 4]).__next__
    late = interleave([dataclasses.replace(faint, suspicion=suspicion)], builds.measure, budget_s=10, clock=clock)
    assert (late["time"].outcome, late["time"].n_base) == ("no time", 7)


def test_the_other_way_is_no_confirmation() -> None:
    """Suspected of being slower and measured faster: not confirmed, and said; likewise what is better is `faster`."""
    one = found(Builds(0.95))
    assert (one.outcome, one.kind) == ("not confirmed", "faster")
    assert "not as suspected" in one.message
    better = found(Builds(0.95), ratio=0.95)
    assert (better.outcome, better.kind) == ("confirmed", "faster")


def test_metrics_of_one_test_share_processes() -> None:
    """Each has its own finding; the one that is clear waits for none; one that is not measured is failed."""
    builds = Builds(1.05, compile=1.0)
    suspects = [suspected(), suspected(1.2, "compile"), suspected(1.2, "gone")]
    findings: Mapping[str, Finding] = interleave(suspects, builds.measure, budget_s=1e6)
    assert {name: one.outcome for name, one in findings.items()} == {
        "time": "confirmed",
        "compile": "not confirmed",
        "gone": "failed",
    }
    assert len(builds.order) == 10
    assert findings["gone"].message == "a process of base has measured no gone"


def test_spent_budget() -> None:
    """One pair is no verdict; what is unsure when time is up is not confirmed where there were five pairs."""
    one = found(Builds(1.05), budget_s=0)
    assert (one.outcome, one.n_base) == ("no time", 1)
    assert "only 1 pair" in one.message
    clock = iter([0.0, *[1.0] * 9, 20.0, 20.0]).__next__
    late = interleave([suspected()], Builds(1.05, noise=0.04, seed=3).measure, budget_s=10, clock=clock)["time"]
    assert late.n_base == 10
    assert late.outcome in {"not confirmed", "confirmed"}
