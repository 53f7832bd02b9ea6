"""Children that crash, hang, flood, and leave things behind."""

from __future__ import annotations

import pytest

from .campaign import Fault, assert_survives
from .children import FAULTS


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.short], ids=lambda fault: fault.slug)
def test_survives(fault: Fault) -> None:
    """The test that goes wrong fails alone with one line, what was measured stays, and the next one runs."""
    assert_survives(fault)
