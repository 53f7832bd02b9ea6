"""States: what people decide, what measurements say afterwards."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_relaybench.incidents import Decision, State, read_incidents, update, write_decision
from pytest_relaybench.incidents.decisions import Level
from pytest_relaybench.incidents.naming import series_name
from tests.incidents.made_nights import Series, at_noon, make_nights, run_of, verdicts

RESNET = Series(params={"network": "resnet-18", "opt_level": 3})
VGG = Series(params={"network": "vgg-16", "opt_level": 3})
ID = "2026-11-11-a"


@pytest.fixture
def table(home):
    """Two series that became slower by 10 % in night 10, told in night 11."""
    table = make_nights(home, {RESNET: [1.0] * 10 + [1.1] * 2, VGG: [2.0] * 10 + [2.2] * 2})
    update(home, night(11, RESNET.slower(11, 10), VGG.slower(11, 10)), table, at_noon(11))
    return table


night = verdicts


def decide(home, kind, subject=ID, *, on=11, until=None, levels=()) -> None:
    """A decision in the afternoon of a night; `until` is the number of a night."""
    end = None if until is None else at_noon(until)
    write_decision(home, Decision(kind, subject, "because", "Ada", at_noon(on), end, tuple(levels)))


def state(home, on: int) -> State:
    (incident,) = read_incidents(home, at_noon(on)).all
    return incident.state


def test_acknowledged_until_it_ends(home, table):
    """Somebody is looking; when their time is up, it is open again."""
    decide(home, "ack", until=20)
    (incident,) = read_incidents(home, at_noon(12)).all
    assert (incident.state, incident.why, incident.is_waiting) == (State.ACKNOWLEDGED, "because", False)
    assert incident.until == at_noon(20).isoformat()
    update(home, night(19), table, at_noon(19))
    assert (state(home, 19), state(home, 21)) == (State.ACKNOWLEDGED, State.OPEN)


def test_accepted_is_reopened_when_it_expires(home, table):
    """While the acceptance holds, nobody is waited for; afterwards it is told again."""
    decide(home, "accept", until=20)
    incidents = read_incidents(home, at_noon(12))
    assert incidents.all[0].state == State.ACCEPTED
    assert incidents.is_accepted(RESNET.key)
    assert list(incidents.waiting()) == []
    update(home, night(21, RESNET.row(21)), table, at_noon(21))
    (incident,) = read_incidents(home, at_noon(21)).all
    assert (incident.state, incident.why, incident.is_waiting) == (State.REOPENED, "because", True)


def test_one_of_two_accepted_leaves_it_open(home, table):
    """An acceptance of one series does not stand for the other; with both it is accepted."""
    decide(home, "accept", series_name(RESNET.key))
    incidents = read_incidents(home, at_noon(12))
    assert incidents.all[0].state == State.NEW
    assert (incidents.is_accepted(RESNET.key), incidents.is_accepted(VGG.key)) == (True, False)
    decide(home, "accept", series_name(VGG.key))
    assert state(home, 12) == State.ACCEPTED


def test_the_newest_decision_counts(home, table):
    """Whoever acknowledges after an acceptance has taken it back."""
    decide(home, "accept")
    decide(home, "ack", on=12)
    assert state(home, 13) == State.ACKNOWLEDGED


def test_a_deleted_decision_is_taken_back(home, table):
    """Decisions are files: without the file there is no decision."""
    decide(home, "accept")
    for path in (home.root / "decisions").glob("*.toml"):
        path.unlink()
    assert state(home, 12) == State.NEW


def test_accepted_does_not_take_in_others(home, table):
    """What is found later of the same change is an incident of its own, since nobody has accepted it."""
    decide(home, "accept")
    third = Series(params={"network": "resnet-18", "opt_level": 1})
    make_nights(home, {third: [3.0] * 10 + [3.2] * 3})
    incidents = update(home, night(12, third.slower(12, 11, 1.07)), table, at_noon(12))
    assert [(one.id, one.state, one.series) for one in incidents.all] == [
        ("2026-11-12-a", State.NEW, (third.key,)),
        (ID, State.ACCEPTED, (RESNET.key, VGG.key)),
    ]


@pytest.mark.parametrize(("level", "expected"), [(1.105, 1), (1.2, 2)])
def test_worse_than_accepted_is_another_incident(home, table, level, expected):
    """A later step beyond the accepted level opens a new one; the accepted level itself does not."""
    decide(home, "accept", levels=[Level(series=series_name(RESNET.key), value=1.1, unit="s")])
    make_nights(home, {RESNET: [1.1] * 5 + [level] * 3}, first=12)
    incidents = update(home, night(19, RESNET.slower(19, 17, level / 1.1)), table, at_noon(19))
    assert len(incidents.all) == expected
    assert incidents.of_id(ID).state == State.ACCEPTED


def test_a_level_in_the_file_is_what_was_accepted(home, table):
    """A team may accept more than was measured, by hand: what stays below is no news."""
    decide(home, "accept", levels=[Level(series=series_name(RESNET.key), value=1.25, unit="s")])
    make_nights(home, {RESNET: [1.1] * 5 + [1.2] * 3}, first=12)
    incidents = update(home, night(19, RESNET.slower(19, 17, 1.09)), table, at_noon(19))
    assert [one.id for one in incidents.all] == [ID]


def test_an_acceptance_is_not_of_later_changes(home, table):
    """A pattern of series accepts what had begun when it was written, and nothing that comes after."""
    decide(home, "accept", "nets")
    assert state(home, 12) == State.ACCEPTED
    make_nights(home, {RESNET: [1.0] * 20 + [1.3] * 2, VGG: [2.0] * 22}, first=12)
    update(home, night(14, RESNET.row(14), VGG.row(14)), table, at_noon(14))
    incidents = update(home, night(33, RESNET.slower(33, 32, 1.3), VGG.row(33)), table, at_noon(33))
    assert [one.state for one in incidents.all] == [State.NEW, State.FIXED]


def test_accepted_and_recovered_is_fixed(home, table):
    """An accepted change that went away is fixed, and keeps its decision."""
    decide(home, "accept")
    make_nights(home, {RESNET: [1.0] * 3, VGG: [2.0] * 3}, first=12)
    (incident,) = update(home, night(14, RESNET.row(14), VGG.row(14)), table, at_noon(14)).all
    assert (incident.state, incident.recovered_run, incident.why) == (State.FIXED, run_of(14), "because")


@pytest.mark.parametrize("subject", [ID, "nets", "*", "nets/test_infer"])
def test_muted_alerts_nobody_and_stays(home, table, subject):
    """By incident, experiment or pattern: it is live and shown, but nobody is waited for until the mute ends."""
    decide(home, "mute", subject, until=20)
    incidents = read_incidents(home, at_noon(12))
    assert (incidents.all[0].state, incidents.all[0].is_muted, incidents.is_muted(VGG.key)) == (State.NEW, True, True)
    assert list(incidents.waiting()) == []
    after = read_incidents(home, at_noon(21))
    assert (after.all[0].is_muted, after.is_muted(VGG.key)) == (False, False)


def test_muting_one_series_mutes_not_the_incident(home, table):
    """The other series still wants somebody to look; a series without an incident is muted, too."""
    decide(home, "mute", series_name(RESNET.key))
    decide(home, "mute", "matmul")
    incidents = read_incidents(home, at_noon(12))
    assert (incidents.is_muted(RESNET.key), incidents.is_muted(VGG.key)) == (True, False)
    assert [one.id for one in incidents.waiting()] == [ID]
    assert incidents.is_muted(Series(experiment="matmul").key)


def test_bad_files_are_told(home, table):
    """What cannot be read of decisions is a problem of the incidents, for the night's notes."""
    (home.root / "decisions").mkdir(exist_ok=True)
    (home.root / "decisions" / "x.toml").write_text("schema = ")
    assert (
        read_incidents(home, datetime(2026, 11, 12, tzinfo=UTC)).problems[0].startswith("decisions/x.toml: not valid")
    )


def test_who_looks_looks_at_what_joins(home, table):
    """A series that is found later joins an acknowledged incident, and that stays acknowledged."""
    decide(home, "ack")
    third = Series(params={"network": "resnet-18", "opt_level": 1})
    make_nights(home, {third: [3.0] * 10 + [3.2] * 3})
    (incident,) = update(home, night(12, third.slower(12, 11, 1.07)), table, at_noon(12)).all
    assert (incident.state, len(incident.series)) == (State.ACKNOWLEDGED, 3)


@pytest.mark.parametrize("kind", ["accept", "ack"])
def test_a_decision_ends_with_the_fix(home, table, kind):
    """What was decided, fixed, and is worse again has to be decided again."""
    decide(home, kind)
    make_nights(home, {RESNET: [1.0] * 3 + [1.1] * 3, VGG: [2.0] * 6}, first=12)
    update(home, night(14, RESNET.row(14), VGG.row(14)), table, at_noon(14))
    (incident,) = update(home, night(17, RESNET.slower(17, 15), VGG.row(17)), table, at_noon(17)).all
    assert incident.state == State.REOPENED
    decide(home, kind, on=18)
    assert state(home, 18) in (State.ACCEPTED, State.ACKNOWLEDGED)
