"""Sentinels of a night that is resumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_relaybench.history.journal import Journal, read_journal
from pytest_relaybench.history.records import read_record
from pytest_relaybench.home import SENTINELS as EXPERIMENT
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.sentinels import nightly
from pytest_relaybench.sentinels.measuring import Sentinel
from pytest_relaybench.sentinels.names import SENTINELS
from pytest_relaybench.sentinels.nightly import Sentinels

RUN = "20261122T010203.000004Z"
BEGIN = {
    "kind": "begin", "schema": 1, "run_id": RUN, "timestamp": "2026-11-22T01:02:03.000004+00:00", "seed": 5,
    "order": [], "machine": {"id": "m"}, "versions": {},
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    config = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    return open_home(tmp_path)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How often they were measured: each time takes a second longer."""
    measured: list[float] = []

    def measure(_cpus: object) -> list[Sentinel]:
        measured.append(len(measured) + 1.0)
        return [Sentinel(name, ((measured[-1],),), duration_s=measured[-1]) for name in SENTINELS]

    monkeypatch.setattr(nightly, "measure_sentinels", measure)
    return measured


def test_before_is_kept_and_after_is_measured_again(home: Home, rounds: list[float]) -> None:
    """The night's record has what was measured before its first sitting and after its last one, each once."""
    journal = Journal(home.run_dir(RUN))
    journal.write(**BEGIN)
    interrupted = Sentinels(home, journal, BEGIN)
    interrupted.measure("before")
    interrupted.measure("after")
    interrupted.keep()
    resumed = {"kind": "resumed", "time": "2026-11-22T09:00:00+00:00"}
    journal.write(**resumed)
    earlier = [entry for entry in read_journal(journal.path) if entry["kind"] != "begin"]
    sentinels = Sentinels(home, journal, BEGIN, earlier=earlier)
    assert sentinels.measure("before") == []
    assert rounds == [1.0, 2.0]
    sentinels.measure("after")
    sentinels.keep()
    record = read_record(home.data_file(EXPERIMENT, RUN))
    assert {(one.test, one.params["when"], one.value) for one in record.measurements} == {
        *((name, "before", 1.0) for name in SENTINELS),
        *((name, "after", 3.0) for name in SENTINELS),
    }
    assert len(record.tests) == 2 * len(SENTINELS)
    assert record.complete


def test_before_that_a_kill_cut_short_is_measured_again(home: Home, rounds: list[float]) -> None:
    """Some sentinels of "before" are none: all are measured, and each is in the record once."""
    journal = Journal(home.run_dir(RUN))
    killed = Sentinels(home, journal, BEGIN)
    killed.measure("before")
    earlier = [*read_journal(journal.path)[:-1], {"kind": "resumed", "time": "2026-11-22T09:00:00+00:00"}]
    sentinels = Sentinels(home, journal, BEGIN, earlier=earlier)
    sentinels.measure("before")
    sentinels.keep()
    record = read_record(home.data_file(EXPERIMENT, RUN))
    assert [one.value for one in record.measurements] == [2.0] * len(SENTINELS)


def test_a_journal_that_cannot_be_written(home: Home, rounds: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured is in the record all the same; one that cannot be written is the caller's to tell."""
    journal = Journal(home.run_dir(RUN))

    def full(*_: object, **__: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(Journal, "write", full)
    sentinels = Sentinels(home, journal, BEGIN)
    assert sentinels.measure("before") == []
    sentinels.keep()
    assert len(rounds) == 1
    assert len(read_record(home.data_file(EXPERIMENT, RUN)).measurements) == len(SENTINELS)
    monkeypatch.setattr(nightly, "write_record", full)
    with pytest.raises(OSError, match="full"):
        sentinels.keep()
