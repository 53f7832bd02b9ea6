"""A home and records for tests of the history."""

from __future__ import annotations

import pytest

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.history.records import Measurement, Record, TestOutcome, describe
from pytest_relaybench.home import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup"))


@pytest.fixture
def measurement():
    """Makes a measurement of the given samples; keywords replace its other fields."""

    def make(samples=(1.0, 2.0), **fields) -> Measurement:
        stats = describe(list(samples))
        usual = {
            "test": "test_add", "params": {"size": 64}, "metric": "time", "unit": "s", "direction": "lower",
            "stats": stats, "value": stats.min, "variant": "installed", "tvm_hash": "0.27.0",
        }  # fmt: skip
        return Measurement(**{**usual, **fields})

    return make


@pytest.fixture
def record(measurement):
    """Makes the record of one night; keywords replace its fields."""

    def make(day: int = 1, **fields) -> Record:
        usual = {
            "run_id": f"202611{day:02}T010203.000004Z", "timestamp": f"2026-11-{day:02}T01:02:03.000004+00:00",
            "experiment": "demo", "title": "Demo", "start_time": f"2026-11-{day:02}T01:02:04+00:00",
            "end_time": f"2026-11-{day:02}T01:02:05+00:00", "duration_s": 1.0, "tvm_hash": "0.27.0",
            "machine": {"id": "0123456789ab"}, "versions": {"pytest": "9"}, "config": {"active": True}, "seed": 7,
            "position": 1, "tests": [TestOutcome("bench/test_demo.py::test_add", "passed", 0.5)],
            "measurements": [measurement()],
        }  # fmt: skip
        return Record(**{**usual, **fields})

    return make
