"""Records made of a journal's entries."""

from __future__ import annotations

import pytest

from pytest_relaybench.history.building import build_record, experiments_in, headline
from pytest_relaybench.history.records import describe, read_record, write_record

BEGIN = {
    "kind": "begin", "schema": 1, "run_id": "20261122T010203.000004Z", "timestamp": "2026-11-22T01:02:03.000004+00:00",
    "seed": 5, "order": ["a", "b"], "machine": {"fingerprint": "m"}, "versions": {"tvm": "0.27.0"},
}  # fmt: skip


def head(name="a", **changes):
    usual = {
        "kind": "experiment", "experiment": name, "title": name.upper(), "position": 1, "selected": 2, "config": {},
        "variant": "installed", "tvm_hash": "abc", "time": "2026-11-22T01:02:04+00:00",
    }  # fmt: skip
    return {**usual, **changes}


def ran(name="a", test="test_x", *, outcome="passed", metrics=(), second=5, **params):
    measured = {"test": test, "params": params, "metrics": list(metrics)} if metrics else None
    return {
        "kind": "test", "experiment": name, "nodeid": f"test_{name}.py::{test}{params or ''}", "outcome": outcome,
        "duration_s": 0.5, "setup_s": 0.1, "failed_in": "", "message": "", "measured": measured,
        "time": f"2026-11-22T01:02:{second:02}+00:00",
    }  # fmt: skip


def metric(name="time", direction="lower", samples=(3.0, 1.0, 2.0)):
    return {"name": name, "unit": "s", "direction": direction, "samples": list(samples), "reps": []}


def end(name="a", second=9):
    return {"kind": "experiment_end", "experiment": name, "time": f"2026-11-22T01:02:{second:02}+00:00"}


def test_complete_experiment(tmp_path):
    """Everything of one experiment, nothing of its neighbour, and it can be stored and read."""
    entries = [
        BEGIN, head(), ran(metrics=[metric(), metric("flops", "higher")], size=64), ran(outcome="failed"),
        end(), head("b"), ran("b", metrics=[metric()]), end("b"),
    ]  # fmt: skip
    record = build_record(entries, "a", raw_data="tmp/raw.zip")
    assert (record.experiment, record.title, record.seed, record.position) == ("a", "A", 5, 1)
    assert (record.duration_s, record.complete, record.raw_data) == (5.0, True, "tmp/raw.zip")
    assert [test.outcome for test in record.tests] == ["passed", "failed"]
    assert [(entry.metric, entry.params, entry.value) for entry in record.measurements] == [
        ("time", {"size": 64}, 1.0),
        ("flops", {"size": 64}, 3.0),
    ]
    assert record.measurements[0].stats == describe([3.0, 1.0, 2.0])
    write_record(tmp_path / "data.json", record)
    assert read_record(tmp_path / "data.json") == record
    assert experiments_in(entries) == ["a", "b"]


@pytest.mark.parametrize(
    ("entries", "end_time"),
    [
        ([ran(metrics=[metric()], second=7)], "2026-11-22T01:02:07+00:00"),
        ([], "2026-11-22T01:02:04+00:00"),
        ([ran(metrics=[metric()], second=7), end()], "2026-11-22T01:02:09+00:00"),
    ],
)
def test_experiment_that_was_cut_short(entries, end_time):
    """Without its end, or with fewer tests than selected, a record is not complete and ends with its last entry."""
    record = build_record([BEGIN, head(), *entries], "a")
    assert not record.complete
    assert record.end_time == end_time
    assert len(record.measurements) == sum(entry["kind"] == "test" for entry in entries)


@pytest.mark.parametrize(
    ("choice", "direction", "value"),
    [
        ("min", "lower", 1.0),
        ("min", "higher", 9.0),
        ("min", "neutral", 2.0),
        ("median", "lower", 2.0),
        ("mean", "higher", 4.0),
    ],
)
def test_headline(choice, direction, value):
    """`min` is the best sample in the metric's direction, and the median where no direction is better."""
    assert headline(describe([9.0, 1.0, 2.0]), direction, choice) == value


def test_headline_is_the_configs_choice():
    """An experiment names its headline in its config."""
    record = build_record([BEGIN, head(config={"headline": "median"}), ran(metrics=[metric()]), end()], "a")
    assert record.measurements[0].value == 2.0
