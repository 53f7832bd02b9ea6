"""Every detector that is scored, ours first."""

from . import ours, packages, sequential, thresholds, windows
from .detector import Detector

DETECTORS: tuple[Detector, ...] = (
    *ours.DETECTORS,
    *thresholds.DETECTORS,
    *windows.DETECTORS,
    *sequential.DETECTORS,
    *packages.DETECTORS,
)

__all__ = ["DETECTORS", "Detector"]
