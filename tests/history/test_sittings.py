"""What counts of a night that was resumed."""

from __future__ import annotations

from typing import Any

from pytest_relaybench.history.building import build_record, experiments_in
from pytest_relaybench.history.journal import Journal, experiment_starts, is_finished, read_journal
from pytest_relaybench.history.sittings import run_seconds, seconds_of, standing

BEGIN = {
    "kind": "begin", "schema": 1, "run_id": "r", "timestamp": "2026-11-22T01:00:00+00:00", "seed": 1, "order": ["a"],
    "machine": {"id": "m"}, "versions": {},
}  # fmt: skip
RESUMED = {"kind": "resumed", "time": "2026-11-22T09:00:00+00:00"}


def at(second: int, hour: int = 1) -> str:
    return f"2026-11-22T{hour:02}:00:{second:02}+00:00"


def head(time: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "experiment", "experiment": "a", "title": "A", "position": 1, "selected": 3, "config": {},
        "variant": "installed", "tvm_hash": None, "time": time, **more,
    }  # fmt: skip


def ran(name: str, time: str, value: float = 1.0, outcome: str = "passed") -> dict[str, Any]:
    metric = {"name": "time", "unit": "s", "direction": "lower", "samples": [value], "reps": []}
    measured = {"test": name, "params": {}, "metrics": [metric]} if outcome == "passed" else None
    return {
        "kind": "test", "experiment": "a", "nodeid": f"test_a.py::{name}", "outcome": outcome, "duration_s": 0.5,
        "message": "", "measured": measured, "time": time,
    }  # fmt: skip


def end(time: str, **more: Any) -> dict[str, Any]:
    return {"kind": "experiment_end", "experiment": "a", "time": time, **more}


KILLED = [BEGIN, head(at(0)), ran("one", at(2)), ran("two", at(4), outcome="failed")]
WENT_ON = [
    RESUMED, head(at(10, 9)), ran("two", at(12, 9), 2.0), ran("three", at(14, 9), 3.0), end(at(15, 9), seconds=4.5),
]  # fmt: skip


def test_record_of_two_sittings() -> None:
    """Every test once, as it ended last; from the first sitting's start to the last one's end, less the pause."""
    record = build_record([*KILLED, *WENT_ON], "a")
    assert [(one.test, one.value) for one in record.measurements] == [("one", 1.0), ("two", 2.0), ("three", 3.0)]
    assert [test.outcome for test in record.tests] == ["passed"] * 3
    assert (record.complete, record.start_time, record.end_time) == (True, at(0), at(15, 9))
    assert record.duration_s == 4.0 + 4.5
    assert experiments_in([*KILLED, *WENT_ON]) == ["a"]


def test_a_sitting_in_which_it_did_not_come_again() -> None:
    """What the sitting before had measured took its time, also when the later one only notes the end."""
    for noted in (end(at(4)), end(at(30, 9), seconds=0.0)):
        confirmed = {"kind": "confirmation", "experiment": "a"}
        assert seconds_of([*KILLED, RESUMED, noted, RESUMED, confirmed], "a") == 4.0


def test_killed_while_it_was_resumed() -> None:
    """What both sittings finished is there, and it is not complete; an end of the first sitting ends nothing."""
    killed_again = [*KILLED, end(at(5), telemetry={}), *WENT_ON[:-2]]
    record = build_record(killed_again, "a")
    assert [one.test for one in record.measurements] == ["one", "two"]
    assert (record.complete, record.end_time, record.telemetry) == (False, at(12, 9), None)


def test_measured_anew() -> None:
    """Of an experiment whose source changed nothing counts that was measured before."""
    entries = [*KILLED, RESUMED, head(at(10, 9), anew=True), ran("two", at(12, 9)), end(at(13, 9))]
    record = build_record(entries, "a")
    assert [one.test for one in record.measurements] == ["two"]
    assert record.start_time == at(10, 9)


def test_journal_without_a_second_sitting_stands_as_it_is() -> None:
    """Also with a test that is there twice, as with `--keep-duplicates`."""
    entries = [*KILLED, ran("one", at(6))]
    assert standing(entries) == entries


def test_clock_set_back_makes_no_negative_duration() -> None:
    """A night that was killed has times of day only: the tests' own durations are the least that it took."""
    assert seconds_of([BEGIN, head(at(30)), ran("one", at(2)), ran("two", at(4))], "a") == 1.0
    assert build_record([BEGIN, head(at(30)), ran("one", at(2)), end(at(3), seconds=2.5)], "a").duration_s == 2.5
    assert run_seconds([BEGIN, head("2026-11-21T23:00:00+00:00")]) == 0.0
    assert run_seconds([*KILLED, *WENT_ON]) == 4.0 + 15.0


def test_resumed_run_has_not_ended(tmp_path) -> None:
    """An interrupted run's end does not count once it was resumed; an experiment begins at its first entry."""
    journal = Journal(tmp_path)
    entries = [*KILLED, {"kind": "end"}]
    assert is_finished(entries)
    assert not is_finished([*entries, *WENT_ON])
    assert is_finished([*entries, *WENT_ON, {"kind": "end"}])
    for entry in [*entries, *WENT_ON]:
        journal.write(**entry)
    start = experiment_starts(journal.path)["a"]
    assert read_journal(journal.path, start)[0] == KILLED[1]
