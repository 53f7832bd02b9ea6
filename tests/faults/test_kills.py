"""A night that is killed at any moment loses at most the measurement under way."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from .campaign import Fault, assert_survives
from .kills import AT_RANDOM, FAULTS, NAMED
from .points import Point


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.short], ids=lambda fault: fault.slug)
def test_survives(fault: Fault) -> None:
    """Nothing finished is lost or half-written, nothing outlives it, and the next run says so and goes on."""
    assert_survives(fault)


@pytest.mark.parametrize(("fault", "points"), [*zip(FAULTS[len(AT_RANDOM) :], NAMED.values(), strict=True)])
def test_the_campaign_comes_to_every_named_moment(fault: Fault, points: Sequence[Point]) -> None:
    """Each try draws its moment; the whole campaign, whose seed is 1, leaves none out."""
    drawn = {Random(f"{fault.slug} 1 {number}").choice(points) for number in range(fault.tries)}
    assert drawn == set(points)
