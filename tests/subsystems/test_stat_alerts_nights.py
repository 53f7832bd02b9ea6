"""Alerts from one night to the next: what is new, who is pinged, what is missed and what was taken away."""

from __future__ import annotations

import pytest

from pytest_relaybench.files import write_json
from tests.subsystems.alert_nights import had_tests, kept, nights, run, wobble
from tests.subsystems.night_home import NightHome, measured, night_home


@pytest.fixture
def night(tmp_path) -> NightHome:
    return night_home(tmp_path / "home")


def test_people_are_pinged_once(night):
    """For a verdict and a missing series on the first night, not on each on which they stand; for more, again."""
    slower = [*wobble(0.010, 30), *wobble(0.012, 9)]
    nights(night, slower[:38])
    assert run(night, notify=["U1"]).notify == ("U1",)
    nights(night, slower)
    report = run(night, notify=["U1"])
    assert "slower" in report.value
    assert report.notify == ()
    nights(night, [*slower, None])
    assert run(night, notify=["U1"]).notify == ("U1",)
    nights(night, [*slower, None, None])
    assert run(night, notify=["U1"]).notify == ()


def test_the_old_rule_pings_every_night(night):
    """Its alerts are of one night each, so the same series may ping two nights running."""
    for values in ([1.0, 1.0, 5.0], [1.0, 1.0, 5.0, 9.0]):
        nights(night, values)
        assert run(night, rule="1sd", notify=["U1"]).notify == ("U1",)


@pytest.mark.parametrize("how", ["selection", "selected series", "failed analysis"])
def test_what_was_not_looked_at_is_not_forgotten(night, how):
    """After a night without the experiment, a part of it, or its analysis, what stands is neither new nor pinged."""
    nights(night, [*wobble(0.010, 30), *wobble(0.012, 8)])
    first = run(night, notify=["U1"])
    assert first.notify == ("U1",)
    night.night += 1
    if how != "selection":
        night.ran("mine", [measured({"x": "other"}, 1.0)], title="Mine")
    if how == "failed analysis":
        night.status("mine", "analysis", "broken", success=False)
    else:
        write_json(night.home.run_dir(night.run_id) / "run.json", {"is_selection": True})
    assert run(night, notify=["U1"]) is None
    assert len(kept(night)["kept"]) == 1
    night.night += 1
    night.ran("mine", [measured({"x": "a"}, 0.012), measured({"x": "other"}, 1.0)], title="Mine")
    report = run(night, notify=["U1"])
    assert "slower" in report.value
    assert "(new)" not in report.value
    assert report.notify == ()
    assert kept(night)["kept"] == []


def test_missing_by_its_own_rhythm(night):
    """Measured every third night: not missed on the two between, but when its turn comes; one outage is no habit."""
    every_third = [1.0, None, None] * 4
    for end in (10, 11, 12):
        nights(night, every_third[:end])
        assert run(night) is None
    nights(night, [*every_third, None])
    assert run(night).value.startswith("Missing from Mine:")
    nights(night, [1.0, 1.0, None, None, None, 1.0, 1.0, None])
    assert run(night).value.startswith("Missing from Mine:")


def test_removed_tests_are_said_once(night):
    """A series whose test is no longer there, while the others passed, is told one night, and nobody is pinged."""
    stays, goes = measured({"x": "b"}, 1.0), measured({"x": "a"}, 0.5)
    for night.night, tests in enumerate(["ab", "ab", "b", "b"]):
        night.ran("mine", [stays, *([goes] if "a" in tests else [])], title="Mine")
        had_tests(night, tests)
        report = run(night, notify=["U1"])
        told = "Missing from Mine:\n    (a): no longer among the tests, last 500 ms\n"
        assert (report.value if report else "") == ("" if night.night != 2 else told[:-1] + " (new)\n")
        assert not (report and report.notify)


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_test_that_did_not_pass_is_missed(night, outcome):
    """It is still among the tests, so what it measured is missing, every night and with a ping."""
    stays, goes = measured({"x": "b"}, 1.0), measured({"x": "a"}, 0.5)
    night.ran("mine", [stays, goes], title="Mine")
    had_tests(night, "ab")
    night.night = 1
    night.ran("mine", [stays], title="Mine")
    had_tests(night, "ab", outcome)
    report = run(night, notify=["U1"])
    assert "(a): not measured" in report.value
    assert report.notify == ("U1",)


@pytest.mark.parametrize(
    "content", ["", "{", '{"alerts": 3, "run_id": "x"}', '{"alerts": [{"key": []}], "run_id": "0"}']
)
def test_a_damaged_file_is_kept_and_said(night, content):
    """What stands is told again as new; the file stays beside, and a note names both."""
    nights(night, [*wobble(0.010, 30), *wobble(0.012, 9)])
    path = night.home.subsys_output_dir("stat_alerts") / "alerts.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    done = run(night, notify=["U1"])
    assert done.note.startswith("alerts.json could not be read and is kept as alerts.json.damaged")
    assert "slower" in done.report.value
    assert path.with_name("alerts.json.damaged").read_text() == content
    night.night += 1
    night.ran("mine", [measured({"x": "a"}, 0.012)], title="Mine")
    assert "slower" in run(night, notify=["U1"]).value
