"""A home of years of nights: five hundred to five thousand series, with what a night leaves for the site."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from pytest_relaybench.files import write_json
from pytest_relaybench.history.layout import COLUMNS
from pytest_relaybench.history.records import Measurement, Record, canonical, describe, write_record
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import STAGES, Home, open_home

FIRST = datetime(2016, 1, 1, 3, tzinfo=UTC)
MACHINE = {
    "id": "5d2f0a1b9c3e", "cpu_model": "A CPU", "kernel": "6.1.0", "host": "bench-1", "cores": 4, "os": "Linux",
    "memory_bytes": 2**34,
}  # fmt: skip
PER_EXPERIMENT = 100  # series
SERIES = {100_000: 500, 1_000_000: 1000, 10_000_000: 5000}
AT_ONCE = 20  # nights that are filled in by one statement
FOLDERS = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}


def run_id(night: int) -> str:
    """Of the night counted from 0."""
    return f"{FIRST + timedelta(days=night):%Y%m%dT%H%M%S.%f}Z"


def level(series: int) -> float:
    """Seconds that the series takes on a usual night."""
    return 1e-3 * (1 + series % 97)


def values(series: int, nights: int) -> np.ndarray:
    """Its nights: log-normal noise of 1 %."""
    return level(series) * np.exp(np.random.default_rng(series).normal(0, 0.01, nights))


def params(series: int) -> dict[str, object]:
    """What tells it from the others of its experiment."""
    return {"engine": "relax", "case": series % PER_EXPERIMENT}


def record(experiment: int, night: int) -> Record:
    """What a night leaves of an experiment: a hundred measurements of five samples."""
    moment = (FIRST + timedelta(days=night)).isoformat()
    random = np.random.default_rng([experiment, night])
    measurements = []
    for case in range(PER_EXPERIMENT):
        series = experiment * PER_EXPERIMENT + case
        stats = describe(list(level(series) * np.exp(random.normal(0, 0.01, 5))))
        measurements.append(
            Measurement("test_it", params(series), "time", "s", "lower", stats, stats.min, "installed", f"{night:07x}")
        )
    return Record(
        run_id=run_id(night), timestamp=moment, experiment=f"experiment_{experiment}", title="", start_time=moment,
        end_time=moment, duration_s=60.0, tvm_hash=f"{night:07x}", machine=MACHINE, versions={}, config={}, seed=1,
        position=1, tests=[], measurements=measurements,
    )  # fmt: skip


def empty_home(root: Path, series: int = 0) -> Home:
    """A home without a night, with a site and as many experiments as so many series need."""
    write_json(root / "config.json", FOLDERS)
    write_json(root / "config/subsystem/website/config.json", {"active": True})
    home = open_home(root)
    for name in names_of(series):
        write_json(home.exp_config_file(name), {"active": True, "title": name.replace("_", " ").capitalize()})
    return home


def names_of(series: int) -> list[str]:
    """The experiments."""
    return [f"experiment_{number}" for number in range(series // PER_EXPERIMENT)]


def add_night(home: Home, series: int, night: int) -> None:
    """One more, as files: records, statuses, `run.json`; that of the night before says that it ended."""
    for number, name in enumerate(names_of(series)):
        one = record(number, night)
        write_record(home.data_file(name, one.run_id), one)
        for stage in STAGES:
            status = Status(True, "success", one.run_id, one.timestamp, 6.0)
            write_status(home.exp_status_dir(name) / f"{stage}.json", status)
    write_run(home, series, night - 1, has_ended=True)
    write_run(home, series, night, has_ended=False)


def write_run(home: Home, series: int, night: int, *, has_ended: bool) -> None:
    """Its `run.json`."""
    moment = (FIRST + timedelta(days=night)).isoformat()
    stages = dict.fromkeys(STAGES, "success")
    entries = {name: {"stages": stages, "message": "", "duration_s": 41.0} for name in names_of(series)}
    content = {
        "schema": 1, "run_id": run_id(night), "timestamp": moment, "start_time": moment, "seed": night,
        "order": list(entries), "experiments": entries, "machine": MACHINE,
    }  # fmt: skip
    ended = {"end_time": moment, "duration_s": 41.0 * len(entries), "exit_status": 0, "complete": True}
    path = home.run_dir(run_id(night)) / "run.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content | ended if has_ended else content))


def fill(home: Home, series: int, nights: int) -> None:
    """Nights that are over: rows in the table, night by night, and a file of each record's name."""
    Table(home).refresh()
    names = names_of(series)
    nightly = np.stack([values(number, nights) for number in range(series)], axis=1)
    with duckdb.connect(str(home.history_file)) as connection:
        connection.begin()
        for start in range(0, nights, AT_ONCE):
            runs = [run_id(night) for night in range(start, min(start + AT_ONCE, nights))]
            told = pd.DataFrame([(run, name) for run in runs for name in names], columns=["run_id", "experiment"])
            paths = [home.data_file(name, run) for run, name in told.itertuples(index=False)]
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            told = told.assign(path=[home.shown(path) for path in paths], machine=MACHINE["id"])
            ages = [path.stat().st_mtime_ns for path in paths]
            insert(connection, "files", told[["path"]].assign(size=0, mtime_ns=ages, problem=""))
            facts = {"fingerprint": "{}", "versions": "{}", "throttled": None, "complete": True}
            insert(connection, "records", told.assign(**facts))
            insert(connection, "measurements", rows(told, nightly[start : start + AT_ONCE].ravel()))
        looked = pd.DataFrame({"experiment": names, "machine": MACHINE["id"], "run_id": run_id(nights - 1)})
        insert(connection, "looked", looked)
        connection.commit()
    for night in range(nights):
        write_run(home, series, night, has_ended=True)


def rows(told: pd.DataFrame, nightly: np.ndarray) -> pd.DataFrame:
    """All measurements of these records, whose values are `nightly`."""
    frame = told.loc[told.index.repeat(PER_EXPERIMENT)].reset_index(drop=True)
    cases = np.array([canonical(params(case)) for case in range(PER_EXPERIMENT)], dtype=object)
    moments = pd.to_datetime(frame["run_id"], format="%Y%m%dT%H%M%S.%fZ")
    same = {
        "test": "test_it", "metric": "time", "unit": "s", "direction": "lower", "variant": "installed",
        "tvm_hash": "0", "n": 5, "std": 0.0, "derived": False, "note": "", "deterministic": False, "artifact": "",
        "ran_on": "",
    }  # fmt: skip
    numbers = dict.fromkeys(("mean", "median", "min", "max", "ci_low", "ci_high", "value"), nightly)
    frame = frame.assign(timestamp=moments, params=np.tile(cases, len(told)), **same, **numbers)
    return frame[["path", *COLUMNS]]


def insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    """By the names of its columns."""
    connection.register("given", frame)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM given")
    connection.unregister("given")
