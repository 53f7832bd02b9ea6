"""How far nights of one series lie apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pytest_relaybench.run_comparison.spread import Spread, Spreads, pooled, spread_of

from .conftest import nightly

SERIES = ("demo", "test_add", '{"size": 64}', "time", "installed", "m")


def test_of_normal_noise():
    """Of noise on the logarithms it is the standard deviation."""
    assert spread_of(nightly(20_000, noise=0.02)) == pytest.approx(0.02, rel=0.03)


def test_a_step_hardly_counts():
    """A change of level is one difference of many: the spread stays that of the nights."""
    values = nightly(30)
    assert spread_of(np.r_[values[:15], 1.5 * values[15:]]) < 1.3 * spread_of(values)


@pytest.mark.parametrize("nights", [8, 9, 12, 20])
def test_the_change_itself_does_not_count(nights):
    """However few nights there are, one change among them is not taken for their spread."""
    values = nightly(nights)
    assert spread_of(np.r_[values[:-1], 3 * values[-1:]]) < 0.03


def test_levels_count():
    """A series that flaps between two levels, or repeats a value most of the time, is known to jump."""
    flapping = np.tile([1.0, 1.0, 1.1], 10)
    assert spread_of(flapping) > 0.03


def test_around_a_moment(rows):
    """The thirty nights that are nearest to the moment tell it, those of another time do not."""
    values = np.r_[nightly(60, noise=0.001), nightly(60, noise=0.05)]
    spreads = Spreads(rows(values))
    early, late = (spreads.around(SERIES, pd.Timestamp(day, tz="UTC")) for day in ("2026-01-10", "2026-04-20"))
    assert early.sd < 0.002
    assert late.sd > 0.02
    assert early.nights == late.nights == 30


def test_too_few_nights(rows):
    """Seven nights tell nothing, eight do, and nights without a positive value are none."""
    moment = pd.Timestamp("2026-01-04", tz="UTC")
    assert Spreads(rows(nightly(7))).around(SERIES, moment) is None
    assert Spreads(rows(nightly(8))).around(SERIES, moment).nights == 8
    assert Spreads(rows([*nightly(7), 0.0])).around(SERIES, moment) is None
    assert Spreads(rows(nightly(8)).iloc[:0]).around(SERIES, moment) is None


def test_one_value_a_run(rows):
    """A run counts once, whatever else was recorded in it."""
    twice = pd.concat([rows(nightly(7)), rows(nightly(7, seed=1))])
    assert Spreads(twice).around(SERIES, pd.Timestamp("2026-01-04", tz="UTC")) is None


def test_pooled():
    """A side whose spread is not known has the other's; where neither is, nothing is."""
    known = Spread(0.01, 30)
    assert pooled([known, None]) == [known, known]
    assert pooled([None, None]) is None
