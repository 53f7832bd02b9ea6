"""What ends an incident, and what opens it again or another one on top."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_relaybench.incidents import State, read_incidents, update
from tests.incidents.made_nights import Series, at_noon, make_nights, run_of, verdicts

RESNET = Series(params={"network": "resnet-18", "device": "cpu", "opt_level": 3})


def open_one(home) -> Any:
    """A home in which RESNET became slower in night 10, told in night 11; its table."""
    table = make_nights(home, {RESNET: [1.0] * 10 + [1.1] * 2})
    update(home, verdicts(11, RESNET.slower(11, 10)), table, at_noon(11))
    return table


def test_back_at_the_old_level_is_fixed(home):
    """Three nights at the old level are a recovery where detection says nothing; two are not."""
    open_one(home)
    table = make_nights(home, {RESNET: [1.002, 0.999, 1.001]}, first=12)
    (incident,) = update(home, verdicts(13, RESNET.row(13)), table, at_noon(13)).all
    assert incident.state == State.OPEN
    (incident,) = update(home, verdicts(14, RESNET.row(14)), table, at_noon(14)).all
    assert (incident.state, incident.recovered_run) == (State.FIXED, run_of(14))
    assert incident.members[0].recovery == "back at its old level"
    assert read_incidents(home).of(RESNET.key) is None


@pytest.mark.parametrize(("level", "state"), [(1.0, State.FIXED), (0.8, State.FIXED), (1.06, State.OPEN)])
def test_a_verdict_of_faster_is_fixed_when_it_leads_back(home, level, state):
    """Detection's word is enough on its first night, but half the way back is no recovery."""
    open_one(home)
    table = make_nights(home, {RESNET: [level]}, first=12)
    (incident,) = update(home, verdicts(12, RESNET.faster(12, 12)), table, at_noon(12)).all
    assert incident.state == state


def test_a_higher_metric_recovers_upwards(home):
    """Where more is better, the old level is above."""
    rate = Series(metric="rate", unit="FLOP/s", direction="higher")
    table = make_nights(home, {rate: [100.0] * 10 + [80.0] * 2})
    (incident,) = update(home, verdicts(11, rate.slower(11, 10, 0.8)), table, at_noon(11)).all
    assert "rate: worse by 20 % since" in incident.headline
    table = make_nights(home, {rate: [79.0] * 3}, first=12)
    assert update(home, verdicts(14, rate.row(14)), table, at_noon(14)).all[0].state == State.OPEN
    table = make_nights(home, {rate: [100.5] * 3}, first=15)
    assert update(home, verdicts(17, rate.row(17)), table, at_noon(17)).all[0].state == State.FIXED


def test_a_deterministic_metric_recovers_at_once_and_exactly(home):
    """One night at the old count is enough, and a count that is one off is not."""
    count = Series(metric="kernels", unit="count")
    table = make_nights(home, {count: [100.0] * 10 + [130.0, 101.0, 100.0]})
    update(home, verdicts(10, count.slower(10, 10, 1.3, deterministic=True)), table, at_noon(10))
    night = verdicts(11, count.row(11, "unsure", deterministic=True))
    assert update(home, night, table, at_noon(11)).all[0].state == State.OPEN
    night = verdicts(12, count.row(12, deterministic=True))
    assert update(home, night, table, at_noon(12)).all[0].state == State.FIXED


def test_removed_from_the_tests_is_fixed(home):
    """A series whose test was taken away on purpose is open no longer, and no news of its own."""
    table = open_one(home)
    gone = RESNET.row(12, "missing", reason="no longer among the tests", since=run_of(12))
    (incident,) = update(home, verdicts(12, gone), table, at_noon(12)).all
    assert (incident.state, incident.members[0].recovery) == (State.FIXED, "no longer among the tests")


def test_blamed_on_the_machine_later(home):
    """When detection comes to see that the machine changed, the code is no longer suspected."""
    table = open_one(home)
    (incident,) = update(home, verdicts(12, RESNET.row(12, "machine", reason="new kernel")), table, at_noon(12)).all
    assert (incident.state, incident.members[0].recovery) == (State.FIXED, "not the code: new kernel")


def test_worse_again_within_two_weeks_is_reopened(home):
    """The incident that was fixed is open again; the night after, it is so still."""
    open_one(home)
    table = make_nights(home, {RESNET: [1.0] * 3 + [1.1] * 4}, first=12)
    update(home, verdicts(14, RESNET.row(14)), table, at_noon(14))
    (incident,) = update(home, verdicts(17, RESNET.slower(17, 15)), table, at_noon(17)).all
    assert (incident.state, incident.recovered_run, incident.case.reopened_run) == ("reopened", None, run_of(17))
    (incident,) = update(home, verdicts(18, RESNET.slower(18, 15)), table, at_noon(18)).all
    assert incident.state == State.REOPENED


def test_worse_again_much_later_is_another_incident(home):
    """After more than 14 nights the same series has another one, and both are told."""
    open_one(home)
    table = make_nights(home, {RESNET: [1.0] * 20 + [1.1] * 2}, first=12)
    update(home, verdicts(14, RESNET.row(14)), table, at_noon(14))
    incidents = update(home, verdicts(33, RESNET.slower(33, 32)), table, at_noon(33))
    assert [(one.id, one.state) for one in incidents.all] == [("2026-12-03-a", "new"), ("2026-11-11-a", "fixed")]
    assert incidents.of(RESNET.key).id == "2026-12-03-a"


def test_worse_once_more_is_another_incident(home):
    """A second step on top of the first has its own incident, and the first is not fixed by it."""
    open_one(home)
    table = make_nights(home, {RESNET: [1.1] * 5 + [1.3] * 3}, first=12)
    incidents = update(home, verdicts(18, RESNET.slower(18, 17, 1.18)), table, at_noon(18))
    assert [(one.id, one.state) for one in incidents.all] == [("2026-11-18-a", "new"), ("2026-11-11-a", "open")]
    second, first = (one.members[0] for one in incidents.all)
    assert (first.before, first.level, second.before, second.level) == pytest.approx((1.0, 1.1, 1.1, 1.3), rel=0.005)
    table = make_nights(home, {RESNET: [1.1] * 3}, first=20)
    incidents = update(home, verdicts(22, RESNET.faster(22, 20)), table, at_noon(22))
    assert [one.state for one in incidents.all] == [State.FIXED, State.OPEN]
