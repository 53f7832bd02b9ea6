"""What the charts tell of changes: of the machine, of packages, of the series themselves, through all of history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.files import write_json
from pytest_relaybench.incidents import Case, Member, Nature
from pytest_relaybench.incidents.keeping import Kept, keep
from tests.judging.made_history import FIRST, MACHINE, Nights, Test, noise
from tests.subsystems.chart_home import Shown, judged, nights_in, row, shown
from tests.subsystems.sample_experiments import ATTACK

COUNT = 75
SIZE = {"metric": "size", "unit": "B", "deterministic": True}


def seconds(number: int) -> int:
    return int((FIRST + timedelta(days=number)).timestamp())


def _tests(number: int, slow: list[float], steady: list[float]) -> list[Test]:
    size = 46_000_000 if number < 20 else 46_000_007
    tests = [Test("slow", slow[number]), Test("steady", steady[number]), Test("size", float(size), more=SIZE)]
    more = {"metric": "loops", "unit": "count", "direction": "neutral"}
    return [*tests, Test("loops", slow[number], more=more)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Nights, Shown]:
    """Seventy-five nights: slower since 35, faster again since 64; machine, packages and sources change on the way."""
    nights = nights_in(tmp_path_factory.mktemp("charts"))
    slow, steady = noise(1, COUNT), noise(2, COUNT)
    for number in range(COUNT):
        slow[number] *= 1.08 if 35 <= number < 64 else 1.0
        nights.versions = {"torch": "2.12" if number < 10 else ATTACK, "apache-tvm": f"0.27.dev{number}"}
        nights.machine = {**MACHINE, "kernel": "6.1.0" if number < 15 else "6.8.0"}
        nights.source = "aaaa" if number < 25 else "bbbb"
        nights.night(e=_tests(number, slow, steady))
    nights.judge()
    write_json(nights.home.run_dir(nights.run_id(3)) / "run.json", {"run_id": nights.run_id(3), "machine": MACHINE})
    return nights, judged(nights)


def test_changes_of_long_ago_are_marked_as_detection_saw_them(written: tuple[Nights, Shown]) -> None:
    """A slowdown that has ended is still told, where it began; the newest one in the words of tonight's verdict."""
    _, charts = written
    first, last = charts.marks("slow")
    assert first[:2] == (seconds(35), "slower")
    assert first[2] == "slower +7.8 %"
    assert last[:2] == (seconds(64), "faster")
    assert last[2] == charts.series()["slow"]["verdict"]["text"]
    assert "since 2026-11-04" in last[2]
    assert charts.series()["slow"]["verdict"]["since"] == written[0].run_id(64)
    assert charts.marks("steady") == []


def test_any_change_of_an_exact_value_is_marked(written: tuple[Nights, Shown]) -> None:
    """However small: seven bytes of 46 MB. What counts bytes becomes worse, not slower."""
    assert written[1].marks("size", "size") == [(seconds(20), "slower", "worse by less than 0.1 %")]


def test_a_metric_without_direction_has_changes_but_no_verdict(written: tuple[Nights, Shown]) -> None:
    """Nobody knows what would be better."""
    marks = written[1].marks("loops", "loops")
    assert [(at, kind) for at, kind, _ in marks] == [(seconds(35), "changed"), (seconds(64), "changed")]
    assert written[1].series("loops")["loops"]["verdict"] is None


def test_changes_of_machine_packages_and_sources_are_events(written: tuple[Nights, Shown]) -> None:
    """With what changed, as text; the TVM under test is none, though its version is new every night."""
    events = [(event["t"], event["kind"], event["text"], event["machine"]) for event in written[1].manifest["events"]]
    assert events == [
        (seconds(10), "versions", f"torch 2.12 -> {ATTACK}", 0),
        (seconds(15), "machine", "kernel 6.1.0 -> 6.8.0", 0),
        (seconds(25), "versions", "the experiment's own code", 0),
    ]


def test_what_dashed_lines_are_is_told_below_the_pictures(written: tuple[Nights, Shown]) -> None:
    """Where no script runs, and on paper, nobody can point at them."""
    told = [("2026-09-11", f"torch 2.12 -> {ATTACK}"), ("2026-09-16", "kernel 6.1.0 -> 6.8.0")]
    assert [section.events for section in written[1].charts.sections] == [
        [*told, ("2026-09-26", "the experiment's own code")] for _ in written[1].manifest["order"]
    ]


def test_commits_and_runs_can_be_looked_up(written: tuple[Nights, Shown]) -> None:
    """The forge of what is installed is TVM's; only years that have a page of their runs are linked."""
    manifest = written[1].manifest
    assert manifest["commits"] == {"installed": "https://github.com/apache/tvm/commit/{commit}"}
    assert (manifest["runs_page"], manifest["runs_years"]) == ("../runs/{year}.html#run-{run}", ["2026"])
    assert manifest["machines"] == [{"id": MACHINE["id"], "words": f"A CPU, {MACHINE['id']}"}]


def test_incidents_tell_of_what_detection_no_longer_keeps(tmp_path: Path) -> None:
    """A regression of a year ago is marked where its incident began; an incident of another series is not."""
    nights = nights_in(tmp_path)
    values = noise(4, 30)
    for value in values:
        nights.night(e=[Test("a", value)])
    key = ("e", "test_it", '{"x": "a"}', "time", "installed", str(MACHINE["id"]))
    told: dict[str, Any] = {
        "kind": "slower", "unit": "s", "direction": "lower", "since_run": nights.run_id(9),
        "first_seen": nights.run_id(11),
    }  # fmt: skip
    member = Member(key, **told, ratio=1.5)
    other = replace(member, series=("f", *key[1:]), since_run=nights.run_id(3))
    elsewhere = replace(member, since_run="20200101T000000.000000Z")
    cases = (Case("2026-09-10-a", Nature.SLOWER, nights.run_id(11), (member, other, elsewhere)),)
    keep(nights.home, Kept(nights.run_id(29), cases))
    assert judged(nights).marks("a") == [(seconds(9), "slower", "slower +50.0 %")]


def test_series_of_a_former_machine_stay() -> None:
    """As another machine's: the shown one is always the first."""
    rows = [row(f"202601{day:02d}T030000.000000Z", 1.0, machine="old" if day < 4 else "new") for day in range(1, 7)]
    charts = shown(rows)
    assert [machine["id"] for machine in charts.manifest["machines"]] == ["new", "old"]
    assert [one["machine"] for one in charts.metric()["series"]] == [0, 1]


def test_a_machine_that_took_over_is_an_event(tmp_path: Path) -> None:
    """The nights before it are not compared with those after it, and the chart says why."""
    nights = nights_in(tmp_path)
    for number in range(6):
        nights.machine = MACHINE if number < 3 else {**MACHINE, "id": "ffffffffffff"}
        nights.night(e=[Test("a", 1.0)])
    events = judged(nights).manifest["events"]
    assert [(event["t"], event["kind"], event["machine"], event["text"]) for event in events] == [
        (seconds(3), "machine", 0, "another machine: ffffffffffff")
    ]


def test_only_what_happened_while_an_experiment_ran_is_told(tmp_path: Path) -> None:
    """Also on a night that had only others, but nothing from before its first or after its last."""
    nights = nights_in(tmp_path)
    for number in range(10):
        nights.machine = {**MACHINE, "kernel": f"6.{(number >= 1) + (number >= 5) + (number >= 9)}"}
        nights.night(**{"f" if number in (0, 1, 2, 5, 9) else "e": [Test("a", 1.0)]})
    assert [(event["t"], event["text"]) for event in judged(nights).manifest["events"]] == [
        (seconds(5), "kernel 6.1 -> 6.2")
    ]
