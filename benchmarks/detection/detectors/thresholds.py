"""Rules that hold tonight's value against a fixed distance from nights before."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..history import Array
from .detector import Detector, Rule

RUSTC_DELTAS, RUSTC_FENCE = 30, 3.0  # commits looked back at; interquartile ranges above the third quartile
CONBENCH_COMMITS, CONBENCH_Z = 100, 5.0


def deviations(history: Array, limit: float) -> bool:
    """Whether tonight is more than `limit` population standard deviations from the mean of all nights before."""
    past = history[:-1]
    return bool(abs(history[-1] - past.mean()) > limit * past.std())


def against_last(history: Array, limit: float) -> bool:
    """Whether tonight and last night differ by more than the factor `limit`."""
    return bool(abs(np.log(history[-1] / history[-2])) > np.log(limit))


def rustc_perf(history: Array) -> bool:
    """Whether tonight's change is an outlier among the changes before: beyond Q3 + 3 IQR of their sizes."""
    if history.size < RUSTC_DELTAS + 1:
        return False
    recent = history[-RUSTC_DELTAS - 1 :]
    changes = np.abs(np.diff(recent)) / recent[:-1]
    before = np.sort(changes[:-1])
    half = before.size // 2
    first, third = np.median(before[:half]), np.median(before[-half:])
    return bool(changes[-1] > third + RUSTC_FENCE * (third - first))


def conbench(history: Array) -> bool:
    """Whether tonight is 5 standard deviations from the mean of 100 nights; they are those of the nights' residuals."""
    past = history[:-1]
    sums = np.concatenate([[0.0], np.cumsum(past)])
    nights = np.arange(1, past.size + 1)
    first = np.maximum(0, nights - CONBENCH_COMMITS)
    means = (sums[nights] - sums[first]) / (nights - first)
    deviation = (past - means)[-CONBENCH_COMMITS:].std(ddof=1)
    return bool(abs(history[-1] - means[-1]) > CONBENCH_Z * deviation)


DETECTORS = (
    Detector(
        "predecessor",
        "predecessor, 1 sd",
        "the dashboard that this one follows: stat_alert, without a time window",
        lambda: Rule(partial(deviations, limit=1.0)),
    ),
    Detector("3sd", "3 sd", "the same with three", lambda: Rule(partial(deviations, limit=3.0))),
    Detector(
        "pytest-benchmark-5",
        "pytest-benchmark mean:5%",
        "its option --benchmark-compare-fail, against the run before",
        lambda: Rule(partial(against_last, limit=1.05)),
    ),
    Detector(
        "pytest-benchmark-10",
        "pytest-benchmark mean:10%",
        "its option --benchmark-compare-fail, against the run before",
        lambda: Rule(partial(against_last, limit=1.10)),
    ),
    Detector(
        "github-action-150",
        "github-action-benchmark 150%",
        "its alert-threshold, against the run before",
        lambda: Rule(partial(against_last, limit=1.5)),
    ),
    Detector(
        "github-action-200",
        "github-action-benchmark 200%",
        "its alert-threshold, by default, against the run before",
        lambda: Rule(partial(against_last, limit=2.0)),
    ),
    Detector(
        "rustc-perf",
        "rustc-perf significance",
        "rust-lang/rustc-perf, site/src/comparison.rs: significance_threshold",
        lambda: Rule(rustc_perf),
    ),
    Detector(
        "conbench",
        "conbench z = 5",
        "conbench/conbench, conbench/entities/history.py: rolling mean and residuals",
        lambda: Rule(conbench),
    ),
)
