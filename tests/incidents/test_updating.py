"""What nights make of incidents: opened, gone on, fixed, reopened."""

from __future__ import annotations

import json
import math

import pytest

from pytest_relaybench.incidents import Decision, State, read_incidents, update, write_decision
from pytest_relaybench.incidents.keeping import incidents_file
from pytest_relaybench.judging.keeping import write_verdicts
from pytest_relaybench.judging.verdicts import MachineEvent
from tests.incidents.made_nights import MACHINE, Series, at_noon, make_nights, run_of, verdicts, write_nights

RESNET = Series(params={"network": "resnet-18", "device": "cpu", "opt_level": 3})
VGG = Series(params={"network": "vgg-16", "device": "cpu", "opt_level": 3})
MATMUL = Series(experiment="matmul", test="test_matmul", params={"size": 256})
OLD, NEW, NEWER = (letter * 40 for letter in "abc")
BUILT = {"hash_before": OLD, "hash_after": NEW}


def opened(home, *, levels=(1.0, 1.1), nights=(10, 2)):
    """A home in which RESNET became slower in night 10, told in night 11, when people look."""
    table = make_nights(home, {RESNET: [levels[0]] * nights[0] + [levels[1]] * nights[1], MATMUL: [1.0] * sum(nights)})
    return update(home, verdicts(11, RESNET.slower(11, 10, **BUILT), MATMUL.row(11)), table, at_noon(11)), table


def test_a_regression_opens_an_incident(home):
    """A new one has an id of the day on which it began, a headline, and its evidence."""
    incidents, _ = opened(home)
    (incident,) = incidents.all
    assert (incident.id, incident.state, incident.nature) == ("2026-11-11-a", "new", "slower")
    assert incident.headline == (
        "nets/test_infer[cpu-resnet-18-3]/time: slower by 10 % since 2026-11-11 (aaaaaaaaaa..bbbbbbbbbb)"
    )
    assert (incident.since_run, incident.first_seen, incident.recovered_run) == (run_of(10), run_of(11), None)
    assert (incident.hash_before, incident.hash_after) == (OLD, NEW)
    (member,) = incident.members
    assert (member.level, member.ratio, member.unit) == (1.1, 1.1, "s")
    assert member.before == pytest.approx(1.0)
    assert incidents.of(RESNET.key) is incident
    assert incidents.of(MATMUL.key) is None
    assert read_incidents(home, at_noon(11)) == incidents


def test_the_same_night_again_says_the_same(home):
    """A night that is told twice leaves the same file; judged otherwise the second time, that is what counts."""
    incidents, table = opened(home)
    before = incidents_file(home).read_bytes()
    night = verdicts(11, RESNET.slower(11, 10, **BUILT), MATMUL.row(11))
    assert update(home, night, table, at_noon(11)) == incidents
    assert incidents_file(home).read_bytes() == before
    assert update(home, verdicts(11, RESNET.row(11), MATMUL.row(11)), table, at_noon(11)).all == ()


def test_an_older_night_changes_nothing(home):
    """Verdicts of a night before the newest known one are not news."""
    incidents, table = opened(home)
    assert update(home, verdicts(10, MATMUL.slower(10, 9)), table, at_noon(11)) == incidents


def test_it_stays_open_when_the_verdict_no_longer_stands(home):
    """Detection takes the new level for granted after 14 nights; the incident does not."""
    opened(home)
    table = make_nights(home, {RESNET: [1.1] * 20}, first=12)
    (incident,) = update(home, verdicts(31, RESNET.row(31)), table, at_noon(31)).all
    assert incident.state == State.OPEN


def test_a_night_that_did_not_look_changes_nothing(home):
    """A series without a verdict tonight, as with -k or a failed experiment, stays as it was."""
    before, table = opened(home)
    table = make_nights(home, {MATMUL: [1.0] * 5}, first=12)
    (incident,) = update(home, verdicts(16, MATMUL.row(16)), table, at_noon(16)).all
    assert incident.case == before.all[0].case
    assert incident.state == State.OPEN


def test_a_start_that_is_found_anew_is_no_other_incident(home):
    """Detection may date the same change some nights later, when it knows more of it."""
    opened(home)
    table = make_nights(home, {RESNET: [1.1] * 6}, first=12)
    (incident,) = update(home, verdicts(17, RESNET.slower(17, 15)), table, at_noon(17)).all
    assert (incident.state, incident.since_run) == (State.OPEN, run_of(10))


def test_what_is_found_later_joins(home):
    """A series of the same commits that detection sees some nights after the others is of their incident."""
    opened(home)
    table = make_nights(home, {RESNET: [1.1] * 3, VGG: [math.nan] * 3}, first=12)
    night = verdicts(14, RESNET.slower(14, 10, **BUILT), VGG.slower(14, 11, 1.04, **BUILT))
    (incident,) = update(home, night, table, at_noon(14)).all
    assert incident.series == (RESNET.key, VGG.key)
    assert incident.headline.startswith("nets/test_infer on cpu: 2 series slower by 4 to 10 % since 2026-11-11 (a")


def test_others_of_the_day_get_the_next_letter(home):
    """Ids of one day are told apart by a letter, in an order that does not depend on chance."""
    table = make_nights(home, {RESNET: [1.0] * 12, MATMUL: [1.0] * 12})
    night = verdicts(11, RESNET.slower(11, 10), MATMUL.slower(11, 10))
    incidents = update(home, night, table, at_noon(11))
    assert [(one.id, one.series) for one in reversed(incidents.all)] == [
        ("2026-11-11-a", (MATMUL.key,)),
        ("2026-11-11-b", (RESNET.key,)),
    ]


def test_a_release_whose_start_is_a_night_off(home):
    """A build that changed a night beside the start is the suspect; an artifact that did not change clears it."""
    table = make_nights(home, {RESNET: [1.0] * 10 + [1.1] * 3}, ["0.26.0"] * 10 + ["0.27.0"] * 3)
    same = {"hash_before": "0.27.0", "hash_after": "0.27.0"}
    (incident,) = update(home, verdicts(12, RESNET.slower(12, 11, **same)), table, at_noon(12)).all
    assert incident.headline.endswith("(0.26.0..0.27.0)")
    cleared = {**same, "artifact_before": "x", "artifact_after": "x"}
    (incident,) = update(home, verdicts(12, RESNET.slower(12, 11, **cleared)), table, at_noon(12)).all
    assert (incident.hash_before, incident.hash_after) == (None, None)


def test_missing_and_broken_are_one_incident_until_measured_again(home):
    """What is gone from one experiment is one piece of news; its series recover by being measured."""
    table = make_nights(home, {RESNET: [1.0] * 11, VGG: [1.0] * 11})
    rows = (
        RESNET.row(11, "broken", reason="newly failing: AssertionError", since=run_of(11), previous=1.0),
        VGG.row(11, "missing", reason="not among tonight's tests", since=run_of(11), previous=1.0),
    )
    (incident,) = update(home, verdicts(11, *rows), table, at_noon(11)).all
    assert incident.headline == "nets/test_infer on cpu: 1 series broken, 1 series missing since 2026-11-12"
    assert incident.members[0].reason == "newly failing: AssertionError"
    (incident,) = update(home, verdicts(12, RESNET.row(12), rows[1]), table, at_noon(12)).all
    assert [member.recovery for member in incident.members] == ["measured again", ""]
    (incident,) = update(home, verdicts(13, RESNET.row(13), VGG.row(13)), table, at_noon(13)).all
    assert incident.state == State.FIXED


def test_what_is_slow_and_then_gone(home):
    """A slower series that is missing has news of its own, and is not fixed by being missing."""
    _, table = opened(home)
    gone = RESNET.row(12, "missing", reason="not among tonight's tests", since=run_of(12))
    incidents = update(home, verdicts(12, gone), table, at_noon(12))
    assert [(one.nature, one.state) for one in incidents.all] == [("gone", "new"), ("slower", "open")]


def test_what_is_no_news(home):
    """A change that was not confirmed, and one of a metric that is neither good nor bad, open nothing."""
    neutral = Series(metric="flops", direction="neutral")
    table = make_nights(home, {RESNET: [1.0] * 12, neutral: [1.0] * 12})
    rows = (RESNET.slower(11, 10, confirmed="not confirmed"), neutral.row(11, "missing"))
    assert update(home, verdicts(11, *rows), table, at_noon(11)).all == ()


def test_a_machine_event_is_one_incident(home):
    """It takes in the series that it explains, is the same one when dated a night otherwise, and ends with time."""
    table = make_nights(home, {RESNET: [1.0] * 40, VGG: [1.0] * 40})
    text = "2 of 2 series of the machine moved together"
    event = MachineEvent(MACHINE, run_of(10), "together", text)
    rows = [one.row(11, "machine", reason=text) for one in (RESNET, VGG)]
    (incident,) = update(home, verdicts(11, *rows, events=[event]), table, at_noon(11)).all
    assert (incident.id, incident.nature, incident.headline) == ("2026-11-11-a", "machine", text)
    assert incident.series == (RESNET.key, VGG.key)
    again = MachineEvent(MACHINE, run_of(9), "together", "they moved, says the next night")
    quiet = [RESNET.row(12), VGG.row(12, "machine", reason=again.text)]
    (incident,) = update(home, verdicts(12, *quiet, events=[again]), table, at_noon(12)).all
    assert (incident.headline, incident.is_live) == ("they moved, says the next night", True)
    (incident,) = update(home, verdicts(30, RESNET.row(30), VGG.row(30)), table, at_noon(30)).all
    assert incident.state == State.FIXED


@pytest.mark.parametrize(
    "damage", [b"{", b'{"schema": 1, "run_id": "x", "incidents": [{"id": 3}], "before": []}', None]
)
def test_lost_incidents_are_made_again_from_the_nights(home, damage):
    """A damaged file is set aside with a note, and the verdicts of all nights give the same incidents again."""
    table = make_nights(home, {RESNET: [1.0] * 10 + [1.1] * 10, MATMUL: [1.0] * 10 + [1.3] * 10})
    for night in range(9, 18):
        rows = [RESNET.slower(night, 10) if night >= 12 else RESNET.row(night)]
        rows += [MATMUL.slower(night, 15, 1.3) if night >= 15 else MATMUL.row(night)]
        told = verdicts(night, *rows)
        write_verdicts(home, told)
        expected = update(home, told, table, at_noon(night))
    path = incidents_file(home)
    whole = json.loads(path.read_bytes())
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
        assert "incidents.json: not readable incidents" in read_incidents(home).problems[0]
    found = update(home, told, table, at_noon(17))
    assert found.all == expected.all
    assert json.loads(path.read_bytes()) == whole
    aside = [one.read_bytes() for one in path.parent.glob("incidents.json.damaged*")]
    assert aside == ([] if damage is None else [damage])
    assert ("the damaged file; incidents were made again from 8 nights" in "".join(found.problems)) == bool(damage)


def test_a_later_version_is_left_alone(home):
    """A file of a newer schema is told and not overwritten."""
    path = incidents_file(home)
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": 2}')
    table = make_nights(home, {RESNET: [1.0] * 12})
    found = update(home, verdicts(11, RESNET.slower(11, 10)), table, at_noon(11))
    assert (found.all, path.read_text()) == ((), '{"schema": 2}')
    assert found.problems == (
        "results/incidents.json: schema 2 is of a later version of pytest-relaybench, this one reads up to 1",
    )


def test_values_come_from_the_table_of_the_home(home):
    """With records on the disk it is the same."""
    table = write_nights(home, {RESNET: [1.0] * 3 + [1.1] * 2}, [OLD] * 3 + [NEW] * 2)
    (incident,) = update(home, verdicts(4, RESNET.slower(4, 4, hash_before=NEW, hash_after=NEW)), table).all
    assert (incident.members[0].level, incident.hash_before, incident.hash_after) == (1.1, OLD, NEW)


def test_a_machine_event_without_series(home):
    """It can be acknowledged by its id, and ends after two weeks."""
    table = make_nights(home, {RESNET: [1.0] * 40})
    event = MachineEvent(MACHINE, run_of(11), "fingerprint", "the machine was changed: kernel")
    update(home, verdicts(11, RESNET.row(11), events=[event]), table, at_noon(11))
    write_decision(home, Decision("ack", "2026-11-12-a", "we know", "Ada", at_noon(11)))
    (incident,) = read_incidents(home, at_noon(11)).all
    assert (incident.state, incident.series, incident.why) == (State.ACKNOWLEDGED, (), "we know")
    (incident,) = update(home, verdicts(25, RESNET.row(25)), table, at_noon(25)).all
    assert incident.state == State.ACKNOWLEDGED
    (incident,) = update(home, verdicts(26, RESNET.row(26)), table, at_noon(26)).all
    assert (incident.state, incident.recovered_run) == (State.FIXED, run_of(26))


def test_commits_reach_from_the_first_start_to_the_last(home):
    """Series whose starts are found a night apart are told with all commits that may be meant."""
    table = make_nights(home, {RESNET: [1.0] * 14, VGG: [1.0] * 14})
    night = verdicts(
        13,
        RESNET.slower(13, 11, hash_before=NEW, hash_after=NEWER),
        VGG.slower(13, 10, hash_before=OLD, hash_after=NEW),
    )
    (incident,) = update(home, night, table, at_noon(13)).all
    assert (incident.hash_before, incident.hash_after) == (OLD, NEWER)


def test_a_disk_that_takes_nothing(home):
    """Where incidents cannot be kept the night is told of them all the same, and why they are not."""
    table = make_nights(home, {RESNET: [1.0] * 10 + [1.1] * 2})
    home.results.write_text("a file in the place of the folder")
    found = update(home, verdicts(11, RESNET.slower(11, 10)), table, at_noon(11))
    assert [one.id for one in found.all] == ["2026-11-11-a"]
    assert "results: the incidents cannot be kept: " in found.problems[-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told | {"schema": "1"},
        lambda told: told | {"schema": 0},
        lambda told: told | {"incidents": [case | {"members": []} for case in told["incidents"]]},
        lambda told: told | {"incidents": [case | {"members": [[]]} for case in told["incidents"]]},
        lambda told: told | {"before": [case | {"members": [None]} for case in told["incidents"]]},
        lambda told: told | {"incidents": [_with_series(case, ["a"]) for case in told["incidents"]]},
        lambda told: (
            told | {"incidents": [_with_series(case, ["a", "b", "{", "d", "e", "f"]) for case in told["incidents"]]}
        ),
    ],
)
def test_odd_incidents_are_a_problem_and_no_error(home, change):
    """Another schema, no series, or what is none: the file is named, and made again."""
    table = make_nights(home, {RESNET: [1.0] * 10 + [1.1] * 10})
    told = verdicts(19, RESNET.slower(19, 10))
    write_verdicts(home, told)
    update(home, told, table, at_noon(19))
    path = incidents_file(home)
    path.write_text(json.dumps(change(json.loads(path.read_bytes()))))
    assert "incidents.json: not readable incidents" in read_incidents(home).problems[0]
    found = update(home, told, table, at_noon(19))
    assert len(found.all) == 1
    assert "incidents.json.damaged" in found.problems[-1]


def _with_series(case, series):
    return case | {"members": [member | {"series": series} for member in case["members"]]}
