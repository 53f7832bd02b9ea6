"""The record's optional key: written when there is something, read when it is not there."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.records import Telemetry, read_record, write_record
from tests.subsystems.figure_home import RUN_ID, figure_home

TOLD = Telemetry(
    samples=9,
    duration_s=120.5,
    rate_s=15.0,
    complete=True,
    throttled=True,
    throttle_reasons=["CPU heat"],
    cpu_clock_drop=0.12,
    missing={"GPU": "there is no NVIDIA GPU"},
)


@pytest.fixture
def path(tmp_path):
    """A record that nobody watched."""
    return figure_home(tmp_path, ["treelstm"]).home.data_file("treelstm", RUN_ID)


def test_a_record_without_it_reads_as_before(path):
    """The key is not even there, so that an older version reads it."""
    assert "telemetry" not in json.loads(path.read_text())
    assert read_record(path).telemetry is None


def test_it_comes_back_as_written(path):
    """Every field; what the machine does not tell is null."""
    write_record(path, replace(read_record(path), telemetry=TOLD))
    assert read_record(path).telemetry == TOLD
    assert json.loads(path.read_text())["telemetry"]["gpu_clock_drop"] is None


@pytest.mark.parametrize("change", [{"samples": "9"}, {"heat": 1}, {"throttled": 1}, {"others_share": float("nan")}])
def test_a_damaged_one_is_refused_by_name(path, change):
    """As every other part of a record."""
    write_record(path, replace(read_record(path), telemetry=TOLD))
    content = json.loads(path.read_text())
    content["telemetry"] |= change
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError, match=rf"telemetry.*{next(iter(change))}|NaN|JSON"):
        read_record(path)
