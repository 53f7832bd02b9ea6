"""What a killed run had measured, made into records by the next."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.beginning import new_night
from pytest_relaybench.history.journal import Journal, is_finished, read_journal
from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.options import Options
from pytest_relaybench.raw_storage import raw_of, shown_raw
from pytest_relaybench.recovering import recover
from pytest_relaybench.state import Night

from .history.test_building import BEGIN, end, head, metric, ran

RUN = str(BEGIN["run_id"])


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """The night after the one that was killed."""
    (tmp_path / "H").mkdir()
    (tmp_path / "H" / "config.json").write_text('{"tmp_data_dir": "tmp", "backup_dir": "b", "setup_dir": "s"}')
    options = Options(
        home=tmp_path / "H", home_was_typed=True, run_seed=None, subsystem_folders=(), build=True, rerun_setup=False,
        isolation="process",
    )  # fmt: skip
    return new_night(options, tmp_path, times=True)


def killed(night: Night, *entries: Mapping[str, Any]) -> Path:
    """The journal of a run that wrote these entries; where the record of its experiment will be."""
    journal = Journal(night.home.run_dir(RUN))
    for entry in entries:
        journal.write(**entry)
    return night.home.data_file("a", RUN)


def test_samples_of_a_killed_run_are_kept(night: Night) -> None:
    """Its raw samples, which it would have written at its end, are where its record says that they are."""
    path = killed(night, BEGIN, head(), ran(metrics=[metric()], size=64))
    (line,) = recover(night)
    assert f"the run {RUN} did not finish; results of 1 test were recovered" in line
    assert read_record(path).raw_data == shown_raw(night.home, RUN) == f"tmp/benchmarks_{RUN}_data.zip"
    assert list(raw_of(night.home, RUN)["value"]) == [3.0, 1.0, 2.0]
    assert is_finished(read_journal(night.home.run_dir(RUN) / "journal.jsonl"))
    assert recover(night) == []


def test_a_place_for_samples_that_fails_costs_no_record(night: Night) -> None:
    """The record is written, and a second line says what is not."""
    path = killed(night, BEGIN, head(), ran(metrics=[metric()]))
    (night.home.root / "tmp").write_text("no folder")
    told = recover(night)
    assert len(told) == 2
    assert told[1].startswith(f"no raw samples of the run {RUN}: ")
    assert path.is_file()


def test_a_record_of_all_that_was_measured_stays(night: Night) -> None:
    """A run that was killed in its analyses has its record, and what was derived is not lost."""
    path = killed(night, BEGIN, head(), ran(metrics=[metric()]), end())
    recover(night)
    record = read_record(path)
    derived = replace(record.measurements[0], metric="speed-up", derived=True)
    write_record(path, replace(record, measurements=[*record.measurements, derived]))
    before = path.read_bytes()
    (night.home.run_dir(RUN) / "journal.jsonl").unlink()
    killed(night, BEGIN, head(), ran(metrics=[metric()]), end())
    (line,) = recover(night)
    assert "results of 0 tests" in line
    assert path.read_bytes() == before


def test_a_record_of_an_earlier_sitting_is_not_all(night: Night) -> None:
    """A run that was resumed and killed again: its record of the first sitting lacks what the second measured."""
    first = (BEGIN, head(), ran(metrics=[metric()], size=1), end())
    path = killed(night, *first)
    recover(night)
    (night.home.run_dir(RUN) / "journal.jsonl").unlink()
    killed(night, *first, {"kind": "resumed", "time": BEGIN["timestamp"]}, head(), ran(metrics=[metric()], size=2))
    (line,) = recover(night)
    assert "results of 2 tests" in line
    assert [entry.params for entry in read_record(path).measurements] == [{"size": 1}, {"size": 2}]


def test_what_an_earlier_sitting_confirmed_stays(night: Night) -> None:
    """Suspects are measured again at the end of a sitting, and the journal alone does not make their findings."""
    first = (BEGIN, head(), ran(metrics=[metric()], size=1), end())
    path = killed(night, *first)
    recover(night)
    write_record(path, replace(read_record(path), extra={"confirmations": [{"outcome": "confirmed"}]}))
    resumed = {"kind": "resumed", "time": BEGIN["timestamp"]}
    for number, changes in enumerate(({}, {"anew": True})):
        (night.home.run_dir(RUN) / "journal.jsonl").unlink()
        killed(night, *first, resumed, head(**changes), ran(metrics=[metric()], size=2 + number))
        recover(night)
        assert ("confirmations" in read_record(path).extra) is (not changes)


def test_one_damaged_experiment_costs_itself(night: Night) -> None:
    """The others of its run are recovered, once; the line on it comes until somebody acts."""
    other = {**head("b"), "config": []}
    path = killed(night, BEGIN, other, ran("b", metrics=[metric()]), head(), ran(metrics=[metric()]))
    told, damaged = recover(night)
    assert "results of 1 test were recovered" in told
    assert damaged.startswith(f"results/runs/{RUN}/journal.jsonl: results of b: cannot be recovered: ")
    assert read_record(path).measurements
    assert recover(night) == [damaged]


def test_a_damaged_record_steps_aside(night: Night) -> None:
    """What the journal has takes its place; nothing is overwritten."""
    path = killed(night, BEGIN, head(), ran(metrics=[metric()]))
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": 1, "run_')
    recover(night)
    assert read_record(path).measurements
    assert path.with_name(f"{path.name}.damaged").read_text() == '{"schema": 1, "run_'


@pytest.mark.parametrize(
    ("entries", "when"),
    [
        ((), "before its first test"),
        ((BEGIN, head(), ran(metrics=[metric()]), end(), {"kind": "end", "time": ""}), "when its results were kept"),
    ],
)
def test_a_kill_that_no_journal_tells_of_is_said(
    night: Night, entries: tuple[Mapping[str, Any], ...], when: str
) -> None:
    """A run that was killed before it began its journal, or after that had ended, left the home's lock behind."""
    killed(night, *entries)
    night.left_by = RUN
    assert recover(night) == [f"the run {RUN} did not come to its end: it was killed {when}"]


@pytest.mark.parametrize("length", [0, 1, 9, 40])
def test_a_journal_whose_first_line_was_cut_short_is_not_damaged(night: Night, length: int) -> None:
    """A kill in the middle of its beginning: the run is told of once, by the lock that it left."""
    path = Journal(night.home.run_dir(RUN)).path
    path.write_text(json.dumps(BEGIN)[:length])
    night.left_by = RUN
    assert recover(night) == [f"the run {RUN} did not come to its end: it was killed before its first test"]
    night.left_by = ""
    assert recover(night) == []


def test_a_kill_is_said_once(night: Night) -> None:
    """By what its journal tells, where that does."""
    killed(night, BEGIN, head(), ran(metrics=[metric()]))
    night.left_by = RUN
    (line,) = recover(night)
    assert "recovered" in line


def test_a_journal_that_nobody_can_read_is_named(night: Night) -> None:
    """The other runs are recovered."""
    path = killed(night, BEGIN, head(), ran(metrics=[metric()]))
    other = Journal(night.home.run_dir("20261121T010203.000004Z"))
    other.path.write_text(json.dumps({**BEGIN, "schema": 9}) + "\n")
    told = recover(night)
    assert len(told) == 2
    assert "20261121T010203.000004Z/journal.jsonl: cannot be recovered" in told[0]
    assert path.is_file()


@pytest.mark.parametrize("content", [b"\0" * 100, b"[" * 10**5, b'{"kind": "begin"\n', b"\xff\xfe", b'{"kind": []}\n'])
def test_a_journal_of_anything_is_named(night: Night, content: bytes) -> None:
    """Each night, until somebody acts; it stays as it is, and the others are recovered."""
    path = killed(night, BEGIN, head(), ran(metrics=[metric()]))
    other = night.home.run_dir("20260101T000000.000000Z") / "journal.jsonl"
    other.parent.mkdir()
    other.write_bytes(content)
    told = recover(night)
    assert told[0] == "results/runs/20260101T000000.000000Z/journal.jsonl: not a readable journal"
    assert f"the run {RUN} did not finish" in told[1]
    assert path.is_file()
    assert other.read_bytes() == content
    assert recover(night) == told[:1]


@pytest.mark.parametrize("what", ["pipe", "folder"])
def test_what_stands_in_the_place_of_a_journal_is_named(night: Night, what: str) -> None:
    """Nobody waits for who may write to a pipe."""
    path = night.home.run_dir(RUN) / "journal.jsonl"
    path.parent.mkdir(parents=True)
    os.mkfifo(path) if what == "pipe" else path.mkdir()
    (line,) = recover(night)
    assert line.startswith(f"results/runs/{RUN}/journal.jsonl: cannot be recovered: ")


@pytest.mark.parametrize(
    ("key", "value"),
    [("title", 3), ("position", "x"), ("config", []), ("selected", None), ("time", "0"), ("variant", {})],
)
def test_no_record_is_made_that_nobody_can_read(night: Night, key: str, value: Any) -> None:
    """What a damaged journal says is told in one line, and the journal stays for who mends it."""
    path = killed(night, BEGIN, {**head(), key: value}, ran(metrics=[metric()]))
    told = recover(night)
    assert len(told[0].splitlines()) == 1
    if path.exists():
        read_record(path)
    else:
        assert "cannot be recovered" in told[0]
