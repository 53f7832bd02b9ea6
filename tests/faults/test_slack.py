"""Slack down, slow and lying."""

from __future__ import annotations

import pytest

from tests.reports.sample import without_proxies

from .campaign import Fault, assert_survives
from .slack import FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_survives(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The night ends in time, with its files and one line; what was not sent waits; the token is nowhere else."""
    without_proxies(monkeypatch)
    assert_survives(fault)
