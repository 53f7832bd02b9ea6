"""Bad data in a home, tried in short; the whole is `python -m tests.faults damage`."""

from __future__ import annotations

import pytest

from .campaign import Fault, assert_survives
from .damage import FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_survives(fault: Fault) -> None:
    """The night goes on, names what is damaged, keeps it, uses everything else, and neither hangs nor swells."""
    assert_survives(fault)
