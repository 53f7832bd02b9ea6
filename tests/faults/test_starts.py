"""Starts that meet another run, or what it left behind, and clocks that were set back."""

from __future__ import annotations

import pytest

from .campaign import Fault, assert_survives
from .starts import FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_survives(fault: Fault) -> None:
    """One run at a time in a home, nothing to clean up by hand, and runs in their order whatever the clock says."""
    assert_survives(fault)
