"""Alerts beside what the machine did, what broke, and what people decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pytest_relaybench.history.records import TestOutcome, read_record, write_record
from pytest_relaybench.incidents import update
from pytest_relaybench.incidents.decisions import Decision, write_decision
from pytest_relaybench.judging.verdicts import MachineEvent
from subsystems.stat_alerts.keeping import untold

from .alert_nights import kept, nights, run, wobble
from .night_home import NightHome, measured, night_home

STEP = [*wobble(0.5, 34), *wobble(0.6, 5)]


@pytest.fixture
def night(tmp_path) -> NightHome:
    return night_home(tmp_path / "home")


def on_kernel(night, value: float, kernel: str) -> None:
    """A night of `(a)` on a machine with this kernel; those before, which know none, had another."""
    night.ran("mine", [measured({"x": "other"}, 1.0), measured({"x": "a"}, value)], title="Mine")
    for path in sorted(night.home.exp_data_dir("mine").glob("*.json")):
        record = read_record(path)
        if "kernel" not in record.machine:
            told = kernel if record.run_id == night.run_id else "6.1.0"
            write_record(path, replace(record, machine={**record.machine, "kernel": told}))


def decide(night, kind: str) -> None:
    """Somebody decided on the incident of `(a)`."""
    dashboard = night.dashboard()
    found = update(night.home, dashboard.verdicts(), dashboard.table)
    (incident,) = found.live()
    write_decision(night.home, Decision(kind, incident.id, "known", "me", datetime(2026, 12, 12, tzinfo=UTC)))


def test_an_alert_names_its_incident(night):
    """So that people know what to decide on."""
    nights(night, STEP)
    update(night.home, night.dashboard().verdicts(), night.dashboard().table)
    report = run(night, notify=["U1"])
    assert "(incident 2026-12-05-a)" in report.value
    assert report.notify == ("U1",)
    assert kept(night)["alerts"][0]["incident"] == "2026-12-05-a"


def test_nobody_is_pinged_for_what_is_acknowledged(night):
    """It is still told."""
    nights(night, STEP)
    decide(night, "ack")
    report = run(night, notify=["U1"])
    assert "(a): 603 ms, slower" in report.value
    assert report.notify == ()


@pytest.mark.parametrize("kind", ["accept", "mute"])
def test_what_is_accepted_or_muted_is_no_alert(night, kind):
    """Neither told nor pinged."""
    nights(night, STEP)
    decide(night, kind)
    assert run(night, notify=["U1"]) is None
    assert kept(night)["alerts"] == []


def test_a_broken_test_stands_apart_with_its_reason(night):
    """And somebody is pinged."""
    nights(night, [0.5, 0.5, None])
    path = night.home.data_file("mine", night.run_id)
    failed = TestOutcome("t.py::test_it[a]", "failed", 0.1, "AssertionError: off", "test_it", {"x": "a"}, "installed")
    write_record(path, replace(read_record(path), tests=[failed]))
    report = run(night, notify=["U1"])
    assert report.value == "Broken in Mine:\n    (a): newly failing: AssertionError: off, last 500 ms\n"
    assert report.notify == ("U1",)


def test_the_machine_is_told_once_and_holds_alerts(night):
    """One line instead of an alert for each series; the next night is silent."""
    nights(night, STEP[:34])
    for number, value in enumerate(STEP[34:], start=34):
        night.night = number
        on_kernel(night, value, "6.8.0")
    report = run(night, notify=["U1"])
    assert report.value.splitlines() == [
        "Machine: the machine was changed: kernel 6.1.0 -> 6.8.0: 1 change of series held back"
    ]
    assert report.notify == ()
    assert kept(night)["events"][0]["cause"] == "fingerprint"
    assert run(night) is not None  # again for the same run
    night.night += 1
    on_kernel(night, 0.6, "6.8.0")
    assert run(night) is None
    assert kept(night)["events_before"][0]["cause"] == "fingerprint"


def test_what_a_night_knows_better_is_no_news():
    """The same event may be dated to a night nearby, and have moved more series."""
    runs = [f"202612{day:02}T000000.000000Z" for day in range(1, 20)]
    told = [MachineEvent("m", runs[8], "together", "5 of 20 series of the machine moved together")]
    again = MachineEvent("m", runs[6], "together", "7 of 20 series of the machine moved together")
    later = MachineEvent("m", runs[14], "together", "5 of 20 series of the machine moved together")
    kernel = MachineEvent("m", runs[8], "fingerprint", "the machine was changed: kernel 6.1.0 -> 6.8.0")
    assert untold([again, later, kernel], told, runs) == [later, kernel]
