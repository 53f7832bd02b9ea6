"""Precheck: can the experiment run at all? Decided at collection, before anything is touched."""

from __future__ import annotations

from ..state import ExperimentNight, Night
from .outcome import Outcome


def precheck(_night: Night, entry: ExperimentNight) -> Outcome:
    """Fails with every fault of import and config; an inactive experiment is well, and does not run."""
    if entry.problem is not None:
        return Outcome(success=False, message=entry.problem)
    return Outcome(success=True, message="Inactive" if entry.inactive else "ready")
