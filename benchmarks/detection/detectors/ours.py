"""The rule of this project."""

from __future__ import annotations

import numpy as np

from pytest_relaybench.detect import find_change_points
from pytest_relaybench.detect.steps import StepDetector

from ..history import Array
from .detector import Detector


class Nightly:
    """Hands each night to the detector as it comes."""

    def __init__(self) -> None:
        self._detector = StepDetector()
        self._nights = 0

    def update(self, history: Array) -> bool:
        """Whether a change is seen tonight."""
        new = np.log(history[self._nights :])
        self._nights = len(history)
        return bool(self._detector.extend(new))


def _change_points(values: Array) -> list[int]:
    return [change.index for change in find_change_points(values)]


DETECTORS = (Detector("ours", "relaybench", "docs/statistics.md", Nightly, _change_points),)
