"""Subsystems that crash, hang, flood, or ruin what is theirs."""

from __future__ import annotations

import pytest

from .campaign import Fault, assert_survives
from .subsystems import FAULTS


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.short], ids=lambda fault: fault.slug)
def test_survives(fault: Fault) -> None:
    """It fails alone with one line, the next one runs and reports, and what was there stays."""
    assert_survives(fault)
