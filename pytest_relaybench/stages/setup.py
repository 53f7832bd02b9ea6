"""Set-up: what fixtures built before tests could run. It has failed when no test got past it."""

from __future__ import annotations

from ..state import ExperimentNight, Night
from .outcome import Outcome, counted


def setup(_night: Night, entry: ExperimentNight) -> Outcome:
    """Judge the set-up phases of the experiment's tests; single failures among others count as failures of the run."""
    stuck = [test for test in entry.tests if test.failed_in == "setup"]
    if stuck and len(stuck) == len(entry.tests):
        return Outcome(success=False, message=f"no test got past set-up: {stuck[0].nodeid}: {stuck[0].message}")
    seconds = sum(test.setup_s for test in entry.tests)
    return Outcome(success=True, message=f"set-up of {counted(len(entry.tests), 'test')}", duration_s=seconds)
