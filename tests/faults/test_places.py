"""The short campaign of the places that a night writes to."""

from __future__ import annotations

import pytest

from .campaign import Fault, assert_survives
from .places import FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_survives(fault: Fault) -> None:
    """What was finished is kept, nothing is half there, a line says why, and the exit status tells the truth."""
    assert_survives(fault)
