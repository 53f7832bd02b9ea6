"""Histories as they come: what changes its unit, comes and goes, ends, is looked at late or out of order."""

from __future__ import annotations

import json
import math
import warnings

import pytest

from pytest_relaybench.history.table import Table
from pytest_relaybench.judging.judge import judge
from pytest_relaybench.judging.keeping import read_verdicts, write_verdicts
from pytest_relaybench.judging.tonight import ExperimentTonight, selections_before
from tests.judging.made_history import MACHINE, Test, kinds, noise, rows

SIZE = {"metric": "size", "unit": "B", "deterministic": True}


def step(nights, count: int, begun: int, factor: float = 1.1, seed: int = 1, **more) -> None:
    for night, value in enumerate(noise(seed, count)):
        nights.night(e=[Test("a", value * (factor if night >= begun else 1.0), more=more)])


def test_broken_on_its_second_night(nights):
    """No series has had a run before its last value, and that is no error."""
    nights.night(e=[Test("a", 1.0)])
    nights.night(e=[Test("a", None, "failed", "no")])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["previous"], row["previous_run_id"]) == ("broken", 1.0, nights.run_id(0))


def test_another_unit_is_another_series(nights):
    """A thousand times the number is no change of it."""
    for night, value in enumerate(noise(1, 34)):
        late = night >= 30
        nights.night(e=[Test("a", value * (1000 if late else 1), more={"unit": "ms" if late else "s"})])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["since"]) == ("unsure", None)
    assert row["ratio"] == pytest.approx(1, abs=0.05)


def test_another_direction_turns_the_verdict(nights):
    """The newest record says which way is better."""
    for night, value in enumerate(noise(1, 38)):
        more = {"direction": "higher" if night == 37 else "lower"}
        nights.night(e=[Test("a", value * (1.1 if night >= 30 else 1.0), more=more)])
    assert rows(nights.judge())["a"]["kind"] == "faster"


def test_a_flag_that_comes_and_goes(nights):
    """Deterministic nights are held against such nights alone; afterwards nothing that was seen is lost."""
    for night, value in enumerate(noise(1, 36)):
        exact = {"deterministic": night == 34}
        nights.night(e=[Test("a", value * (1.1 if night >= 30 else 1.0), more=exact)])
        if night >= 33:
            told = rows(nights.judge())["a"]
            assert told["kind"] == ("unsure" if night == 34 else "slower")
    assert told["since"] == nights.run_id(30)


def test_a_unit_for_one_night(nights):
    """What was seen before it is seen after it, whether or not the table is made again."""
    for night, value in enumerate(noise(1, 36)):
        nights.night(e=[Test("a", value * (1.1 if night >= 28 else 1.0), more={"unit": "ms" if night == 34 else "s"})])
        if night >= 33:
            told = nights.judge()
    assert rows(told)["a"]["since"] == nights.run_id(28)
    nights.home.history_file.unlink()
    assert nights.judge().frame.equals(told.frame)


def test_a_record_that_comes_late(nights):
    """As one that was recovered: the night is judged as if it had always been there."""
    step(nights, 36, begun=30)
    path = nights.home.data_file("e", nights.run_id(31))
    content = path.read_bytes()
    path.unlink()
    nights.judge()
    path.write_bytes(content)
    told = nights.judge()
    nights.home.history_file.unlink()
    assert nights.judge().frame.equals(told.frame)


def test_a_run_that_is_judged_late(nights):
    """As it was then, whatever later nights have seen, and these keep what they have seen."""
    step(nights, 38, begun=33)
    assert kinds(nights.judge())["a"] == "slower"
    told = judge(nights.table(), nights.tonight(run_id=nights.run_id(31)))
    assert kinds(told) == {"a": "same"}
    assert nights.table().steps("e", MACHINE["id"])[0] == nights.run_id(37)


def test_judged_twice_it_says_the_same(nights):
    """Also from what the first time has kept."""
    step(nights, 38, begun=33)
    assert nights.judge().frame.equals(nights.judge().frame)


@pytest.mark.parametrize("while_reading", [False, True])
def test_a_table_that_is_damaged_meanwhile(nights, while_reading):
    """It is made again from the records; nothing is lost but time."""
    step(nights, 4, begun=9)
    table = nights.table()
    nights.home.history_file.write_bytes(b"no table" * 4096)
    if while_reading:
        with table.reading():
            assert kinds(judge(table, nights.tonight())) == {"a": "unsure"}
    else:
        assert kinds(judge(table, nights.tonight())) == {"a": "unsure"}
    assert kinds(nights.judge()) == {"a": "unsure"}


def test_a_table_that_cannot_be_written(nights, monkeypatch):
    """On a full disk: in memory, and what was seen is not kept."""
    step(nights, 3, begun=9)
    (nights.home.root / "a file").touch()
    monkeypatch.setattr(type(nights.home), "history_file", nights.home.root / "a file" / "history.duckdb")
    table = Table(nights.home)
    table.refresh()
    assert kinds(judge(table, nights.tonight())) == {"a": "unsure"}


def test_what_ended_long_ago_is_not_broken(nights):
    """Neither by its experiment's failure nor, as a metric that was given up, by its test's."""
    for night in range(16):
        old = [Test("gone", 1.0), Test("a", 1.0, more={"metric": "given_up"})] if night < 4 else []
        nights.night(e=[Test("a", 1.0), *old])
    nights.night(e=[Test("a", None, "failed", "no")])
    told = nights.judge().frame
    assert list(told["metric"]) == ["time"]
    nights.home.data_file("e", nights.run_id(16)).unlink()
    nights.night(f=[Test("b", 1.0)])
    told = nights.judge(experiments={"e": ExperimentTonight(failed="failed at precheck: x")}).frame
    assert set(told.loc[told["kind"] == "broken", "params"]) == {'{"x": "a"}'}


def test_selections_between_nights_are_no_absence(nights):
    """Runs with `-k` that did not ask for a test count neither for its rhythm nor for how long it is away."""
    for _ in range(3):
        nights.night(e=[Test("a", 1.0), Test("b", 1.0)])
    for night in range(3, 13):
        nights.night(e=[Test("b", 1.0)])
        folder = nights.home.run_dir(nights.run_id(night))
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"is_selection": True}))
    nights.night(e=[Test("b", None, "failed", "x")])
    asked = selections_before(nights.home, nights.run_id(13))
    assert len(asked) == 10
    row = rows(nights.judge(selections=asked))["a"]
    assert (row["kind"], row["since"]) == ("missing", nights.run_id(13))


def test_a_run_that_was_stopped_says_so(nights):
    """What it did not come to is missing for that."""
    nights.night(e=[Test("a", 1.0), Test("b", 1.0)])
    nights.night(e=[Test("b", 1.0)])
    own = ExperimentTonight(nights.tonight().experiments["e"].tests, complete=False)
    assert rows(nights.judge(experiments={"e": own}))["a"]["reason"] == "the run ended before it"


def test_two_machines_in_one_home(nights):
    """Each is judged by its own nights, in turns."""
    for night, (left, right) in enumerate(zip(noise(1, 36), noise(2, 36, 5.0), strict=True)):
        nights.machine = {"id": "another"} if night % 2 else MACHINE
        nights.night(e=[Test("a", right if night % 2 else left)])
    told = [
        nights.judge(machine=machine, run_id=nights.run_id(n)) for machine, n in ((MACHINE["id"], 34), ("another", 35))
    ]
    assert [one.frame["previous_run_id"].iloc[0] for one in told] == [nights.run_id(32), nights.run_id(33)]
    assert [kinds(one)["a"] for one in told] == ["unsure", "unsure"]


def test_numbers_that_are_no_ratio(nights):
    """Zero and negative values, and ratios beyond all floats, are judged, and kept as null."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for night in range(3):
            tests = {"z": 0.0, "n": -1.0 - night, "h": 1e-300 if night < 2 else 1e300}
            nights.night(e=[Test(name, value, more=SIZE) for name, value in tests.items()])
        verdicts = nights.judge()
    assert kinds(verdicts) == {"h": "slower", "n": "faster", "z": "same"}
    write_verdicts(nights.home, verdicts)
    again = read_verdicts(nights.home, verdicts.run_id)
    assert again is not None
    assert math.isnan(rows(again)["h"]["level_ratio"])
