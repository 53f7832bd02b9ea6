"""The peers that are packages, run as they are. What is not installed is not scored, and said so.

Their modules are loaded when they are first asked: the yardstick runs without them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from ..history import Array
from .detector import ChangePoints, Detector, Rerun

FEWEST = 6  # nights; below, there is nothing to split
REGRESSION = 0.05  # asv's own threshold
LOOKS = 512  # of one history, for whoever shares asv's work
PENALTY = 3.0  # times the logarithm of the number of nights, in variances


def otava(values: Array, max_pvalue: float, min_magnitude: float) -> list[int]:
    """Change points of `otava.analysis.compute_change_points`."""
    from otava.analysis import compute_change_points  # noqa: PLC0415 - see above

    found, _ = compute_change_points(list(values), max_pvalue=max_pvalue, min_magnitude=min_magnitude)
    return [int(point.index) for point in found]


@lru_cache(maxsize=LOOKS)
def _asv_steps(values: tuple[float, ...]) -> list[tuple[int, int, float, float, float]]:
    """The pieces of `asv.step_detect.detect_steps`, with their first nights."""
    from asv.step_detect import detect_steps  # noqa: PLC0415 - see above

    return list(detect_steps(list(values)))


def asv_steps(values: Array) -> list[int]:
    """Every step."""
    return [first for first, *_ in _asv_steps(tuple(values.tolist()))[1:]]


def asv_regressions(values: Array) -> list[int]:
    """Steps that `asv.step_detect.detect_regressions` tells, of the series and, for improvements, of its inverse."""
    from asv.step_detect import detect_regressions  # noqa: PLC0415 - see above

    steps = _asv_steps(tuple(values.tolist()))
    worse = detect_regressions(steps, REGRESSION)[2] or []
    inverse = [(first, end, 1 / value, 1 / least, error / value**2) for first, end, value, least, error in steps]
    better = detect_regressions(inverse, REGRESSION)[2] or []
    return sorted(first for _, first, *_ in (*worse, *better))


def ruptures_pelt(values: Array) -> list[int]:
    """Optimal segmentation by squared error (ruptures' KernelCPD, linear, in C) at 3 log n variances a change."""
    from ruptures import KernelCPD  # noqa: PLC0415 - see above

    spread = values.std()
    if values.size < FEWEST or spread == 0:
        return []
    standardised = ((values - values.mean()) / spread)[:, None]
    found = KernelCPD(kernel="linear", min_size=2).fit(standardised).predict(pen=PENALTY * np.log(values.size))
    return [int(end) for end in found[:-1]]


def _package(key: str, name: str, rule: ChangePoints, source: str, distribution: str) -> Detector:
    module = source.partition(".")[0]
    return Detector(key, name, f"the package: {source}", partial(Rerun, rule), rule, (module, distribution))


OTAVA, ASV = "otava.analysis.compute_change_points", "asv.step_detect.detect_"

DETECTORS = (
    _package(
        "otava",
        "apache-otava, defaults",
        partial(otava, max_pvalue=0.001, min_magnitude=0.0),
        OTAVA,
        "apache-otava",
    ),
    _package(
        "otava-strict",
        "apache-otava, p 1e-5, 1 %",
        partial(otava, max_pvalue=1e-5, min_magnitude=0.01),
        OTAVA,
        "apache-otava",
    ),
    _package("asv", "asv, every step", asv_steps, f"{ASV}steps", "asv"),
    replace(
        _package("asv-regressions", "asv, regressions of 5 %", asv_regressions, f"{ASV}regressions", "asv"),
        work_of="asv",
    ),
    _package("ruptures", "ruptures PELT, squared error", ruptures_pelt, "ruptures.KernelCPD", "ruptures"),
)
