"""Homes with nights in them, and frames of rows, for tests of comparisons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.history.records import Measurement, Record, TestOutcome, describe, write_record
from pytest_relaybench.home import Home
from pytest_relaybench.outside.results import OUTSIDE_COLUMNS

MACHINE = {"id": "0123456789ab", "kernel": "6.1.0"}


def nightly(number: int, seed: int = 0, noise: float = 0.01) -> np.ndarray:
    """Values of so many nights around 1, which scatter by 1 %."""
    return np.exp(np.random.default_rng(seed).normal(0, noise, number))


@pytest.fixture
def home(tmp_path) -> Home:
    """An empty home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.json").write_text('{"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "s"}')
    return Home(tmp_path / "home", HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="s"))


@pytest.fixture
def night(home):
    """Writes the record of one night into the home: `night(3, time=1.2)`; `fields` replace those of measurements."""

    def write(day: int, hour: int = 1, *, experiment="demo", machine=MACHINE, fields=None, further=(), **values) -> str:
        moment = f"2026-11-{day:02}T{hour:02}:02:03.000004+00:00"
        run_id = f"202611{day:02}T{hour:02}0203.000004Z"
        measurements = [measurement(metric, value, **(fields or {})) for metric, value in values.items()]
        measurements += [measurement("time", value, params=params) for params, value in further]
        record = Record(
            run_id=run_id, timestamp=moment, experiment=experiment, title="Demo", start_time=moment, end_time=moment,
            duration_s=1.0, tvm_hash="0.27.0", machine=machine, versions={}, config={}, seed=7, position=1,
            tests=[TestOutcome("bench/test_demo.py::test_add", "passed", 0.5)], measurements=measurements,
        )  # fmt: skip
        write_record(home.data_file(experiment, run_id), record)
        return run_id

    return write


def measurement(metric: str, value: float, **fields) -> Measurement:
    usual = {
        "test": "test_add", "params": {"size": 64}, "unit": "s", "direction": "lower", "variant": "installed",
        "tvm_hash": "0.27.0",
    }  # fmt: skip
    return Measurement(metric=metric, stats=describe([value]), value=value, **{**usual, **fields})


@pytest.fixture
def rows():
    """Makes rows of the table: `rows(values, size=64)`, one night each; keywords replace columns."""

    def make(values, *, first_day: int = 1, **columns) -> pd.DataFrame:
        usual = {
            "experiment": "demo", "test": "test_add", "params": '{"size": 64}', "metric": "time", "unit": "s",
            "direction": "lower", "variant": "installed", "tvm_hash": "0.27.0", "machine": "m", "n": 1,
            "derived": False, "deterministic": False, "version": "", "note": "",
        }  # fmt: skip
        days = pd.date_range("2026-01-01", periods=len(values), tz="UTC") + pd.Timedelta(days=first_day - 1)
        frame = pd.DataFrame({**usual, **columns, "value": values, "timestamp": days})
        return frame.assign(run_id=days.strftime("%Y%m%d")).reindex(columns=OUTSIDE_COLUMNS)

    return make
