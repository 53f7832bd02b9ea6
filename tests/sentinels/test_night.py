"""The sentinels in whole nights."""

from __future__ import annotations

import functools
import json

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.table import open_history
from pytest_relaybench.sentinels import nightly
from pytest_relaybench.sentinels.measuring import measure_sentinels
from pytest_relaybench.sentinels.names import SENTINELS

from ..integration.test_interruption import SLOW, start_night

SERIES = {(name, when) for name in SENTINELS for when in ("before", "after")}
TAKEN = "the name sentinels is that of the built-in benchmarks: give the experiment another"


@pytest.fixture
def quickly(monkeypatch) -> None:
    """One process of each sentinel, for a moment."""
    monkeypatch.setattr(nightly, "measure_sentinels", functools.partial(measure_sentinels, rounds=1, seconds=0.001))


def series(record) -> set[tuple[str, str]]:
    return {(entry.test, entry.params["when"]) for entry in record.measurements}


@pytest.mark.usefixtures("quickly")
def test_a_night_measures_them_before_and_after(project) -> None:
    """They are a record like any other, also of a night that runs a selection, and no experiment of the night."""
    project.home(sentinels=True)
    project.experiment("quick")
    result = project.night("-k", "sum")
    assert result.ret == 0
    (record,) = project.records("sentinels")
    assert series(record) == SERIES
    assert record.complete
    assert {(test.test, test.params["when"]) for test in record.tests} == SERIES
    assert {(entry.metric, entry.unit, entry.direction, entry.tvm_hash) for entry in record.measurements} == {
        ("time", "s", "lower", None)
    }
    assert all(entry.value == entry.stats.min for entry in record.measurements)
    assert record.machine["id"] == project.records("quick")[0].machine["id"]
    frame = open_history(project.home_folder)
    assert set(frame["experiment"]) == {"quick", "sentinels"}
    run = json.loads((project.home().run_dir(record.run_id) / "run.json").read_text())
    assert list(run["experiments"]) == ["quick"]
    assert "sentinels" not in result.stdout.str().partition("experiment  status")[2]
    order = [entry.get("nodeid", entry["kind"]) for entry in project.journal()]
    assert order.index("sentinels::process_start[before]") < order.index("bench/test_quick.py::test_sum")
    assert order.index("bench/test_quick.py::test_sum") < order.index("sentinels::integer_loop[after]")


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize(("config", "arguments"), [({"sentinels": False}, ()), ({}, ("--benchmark-disable",))])
def test_a_night_without_them(project, config, arguments) -> None:
    """They are not measured where the home says so, nor where nothing is timed."""
    project.home(**{"sentinels": True, **config})
    project.experiment("quick")
    assert project.night(*arguments).ret == 0
    assert project.records("sentinels") == []


@pytest.mark.usefixtures("quickly")
def test_a_desk_and_a_night_without_experiments_have_none(project) -> None:
    """Nobody waits for them at a desk, or where nothing runs."""
    project.home(sentinels=True)
    assert project.night().ret != 0
    project.experiment("quick")
    assert project.run("bench").ret == 0
    assert project.run("bench", "--home", "H", "--desk").ret == 0
    assert not list(project.root.rglob("data/sentinels"))


def test_one_that_fails_is_a_note(project, monkeypatch) -> None:
    """What could not be measured is a line, told before and after, and the night goes on and keeps the others."""
    names = ("integer_loop", "no_such_thing")
    monkeypatch.setattr(
        nightly, "measure_sentinels", lambda cpus: measure_sentinels(cpus, names, rounds=1, seconds=0.001)
    )
    project.home(sentinels=True)
    project.experiment("quick")
    result = project.night()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*sentinel no_such_thing: KeyError: 'no_such_thing'*"])
    (record,) = project.records("sentinels")
    assert series(record) == {("integer_loop", "before"), ("integer_loop", "after")}
    assert {test.nodeid for test in record.tests if test.outcome == "skipped"} == {
        "sentinels::no_such_thing[before]",
        "sentinels::no_such_thing[after]",
    }


def test_somebody_ends_the_night_while_they_are_measured(project, monkeypatch) -> None:
    """What was measured before the tests is kept, and the night ends as an interrupted one."""
    rounds = iter([functools.partial(measure_sentinels, rounds=1, seconds=0.001), interrupt])

    def measured(cpus: tuple[int, ...]) -> object:
        return next(rounds)(cpus)

    monkeypatch.setattr(nightly, "measure_sentinels", measured)
    project.home(sentinels=True)
    project.experiment("quick")
    result = project.night()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*interrupted while the sentinels were measured*"])
    (record,) = project.records("sentinels")
    assert series(record) == {(name, "before") for name in SENTINELS}
    assert not record.complete
    assert len(project.records("quick")) == 1


def interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_a_killed_night_keeps_them(project) -> None:
    """The next night makes the record of what was measured before the kill, and counts no test for it."""
    project.home(sentinels=True)
    project.experiment("slow", SLOW)
    night = start_night(project)
    night.kill()
    night.communicate()
    project.home(sentinels=False)
    project.experiment("slow")
    result = project.night()
    result.stdout.fnmatch_lines(["*results of 1 test were recovered*"])
    (record,) = project.records("sentinels")
    assert series(record) == {(name, "before") for name in SENTINELS}
    assert not record.complete


def test_the_name_is_taken(project, capsys) -> None:
    """An experiment of that name fails its precheck in one line, with its module and without, and others go on."""
    project.experiment("quick")
    module = project.experiment("sentinels")
    result = project.night()
    assert result.ret == 1
    rule = f"config/experiments/sentinels/config.json: {TAKEN}"
    assert project.status("sentinels")["precheck"]["message"] == rule
    assert project.records("sentinels") == []
    assert len(project.records("quick")) == 1
    module.unlink()
    assert project.night().ret == 1
    assert project.status("sentinels")["precheck"]["message"] == rule
    capsys.readouterr()
    assert main(["check", str(project.home_folder), "--bench", str(project.root / "bench")]) == 1
    assert rule in capsys.readouterr().out
