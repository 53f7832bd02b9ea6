"""The nights of the large home: every experiment's record files, and the rows of the table that they come to."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pytest_relaybench.history.layout import COLUMNS, RECORD_COLUMNS
from pytest_relaybench.history.migrations import SCHEMA
from pytest_relaybench.history.records import Record, Statistics, TestOutcome, canonical
from pytest_relaybench.home import Home
from pytest_relaybench.machine import fingerprint
from tests.browser.large_series import Array, Fate, Line, lines_of, values_of

LAST = datetime(2026, 11, 22, 3, 0, 0, 123456, tzinfo=UTC)  # the newest night of the sample home, too
FORMER = {
    "id": "0a1b2c3d4e5f", "host": "bench-0", "cpu_model": "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz", "cores": 32,
    "memory_bytes": 96 * 2**30, "governor": "performance", "aslr": True, "kernel": "5.10.0-28-amd64",
    "os": "Debian GNU/Linux 11 (bullseye)", "python": "3.11.2", "load_average": [0.1, 0.1, 0.1], "gpu": [],
}  # fmt: skip
TODAYS = {
    **FORMER, "id": "5d2f0a1b9c3e", "host": "bench-1", "cpu_model": "AMD EPYC 7313 16-Core Processor",
    "memory_bytes": 128 * 2**30, "os": "Debian GNU/Linux 12 (bookworm)", "python": "3.11.7",
    "gpu": [{"name": "NVIDIA A10", "driver": "550.54.15"}],
}  # fmt: skip
VERSIONS = {"apache-tvm": "0.27.0.post1", "apache-tvm-ffi": "0.1.14.post1", "numpy": "2.4.1", "torch": "2.13.0"}
WHOLE = 60  # newest nights whose record files are written; the file of an older one is a link to the eldest of these
SHAPE = {"mean": 1.012, "median": 1.01, "min": 1.0, "max": 1.05, "ci_low": 1.005, "ci_high": 1.015}  # of the samples


@dataclass(frozen=True)
class Night:
    """What a night is known by, and where it ran; `ago` nights before the newest."""

    number: int
    ago: int
    begun: datetime
    run_id: str
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    builds: Mapping[str, str]  # commit by variant: `git:main` moves every night, the wheel once a week


def nights_of(nights: int, on_former_machine: int) -> list[Night]:
    """All of them, oldest first; today's machine got another kernel twice, and torch was updated once."""
    return [_night(number, nights - 1 - number, former=number < on_former_machine) for number in range(nights)]


def _night(number: int, ago: int, *, former: bool) -> Night:
    kernel = "6.1.0-27-amd64" if ago < 75 else "6.1.0-21-amd64" if ago < 230 else "6.1.0-18-amd64"
    machine = FORMER if former else {**TODAYS, "kernel": kernel}
    versions = VERSIONS if ago < 90 else {**VERSIONS, "torch": "2.12.1"}
    begun = LAST - timedelta(days=ago)
    builds = {"git:main": _commit(f"main {number}"), "installed": f"0.27.0.dev+g{_commit(f'wheel {number // 7}')[:9]}"}
    return Night(number, ago, begun, f"{begun:%Y%m%dT%H%M%S.%f}Z", machine, versions, builds)


def _commit(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


@dataclass(frozen=True)
class Measured:
    """One experiment through the nights: those that have a record of it, its lines, and a value a night for each."""

    name: str
    fate: Fate
    nights: Sequence[Night]
    lines: Sequence[Line]
    values: Sequence[Array]  # by the number of the night

    def lines_on(self, night: Night) -> list[int]:
        """The numbers of the lines that the night has a value of."""
        return [n for n in range(len(self.lines)) if not (night.ago == 0 and n == self.fate.lost)]


def measured(name: str, fate: Fate, nights: Sequence[Night], in_all: int) -> Measured:
    """What the experiment came to on these nights of `in_all`; one night in a hundred has no record of it."""
    former = sum(night.machine["id"] == FORMER["id"] for night in nights)
    lines = lines_of(name)
    values = [values_of(name, n, fate, in_all, former) for n in range(len(lines))]
    without = np.random.default_rng(list(name.encode())).random(in_all) < 0.01
    ran = [night for night in nights if _has_record(fate, night, without=bool(without[night.number]))]
    return Measured(name, fate, ran, lines, values)


def _has_record(fate: Fate, night: Night, *, without: bool) -> bool:
    if night.ago == 0 and fate.failed:
        return fate.failed[0] != "setup"
    was_there = fate.until <= night.ago and (fate.since is None or night.ago < fate.since)
    return was_there and (night.ago == 0 or not without)


def write(connection: duckdb.DuckDBPyConnection, home: Home, one: Measured) -> None:
    """Its record of every night, and their rows in the table as if it had read them."""
    files = _write_records(home, one)
    paths = {night.number: file[0] for night, file in zip(one.nights, files, strict=True)}
    _append(connection, "files", pd.DataFrame(files, columns=["path", "size", "mtime_ns", "problem"]))
    _append(connection, "records", _record_rows(one, list(paths.values())))
    rows = [_rows(one, number, paths) for number in range(len(one.lines))]
    _append(connection, "measurements", pd.concat(rows, ignore_index=True))


def _append(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    if len(rows):
        connection.register("rows", rows)
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
        connection.unregister("rows")


def _stats(line: Line, value: Any) -> dict[str, Any]:
    """Statistics whose minimum is `value`, a number or one a night; of one sample where a second tells nothing."""
    if line.deterministic:
        return {"n": 1, **dict.fromkeys(SHAPE, value), "std": value * 0.0}
    return {"n": 30, **{name: value * factor for name, factor in SHAPE.items()}, "std": value * 0.011}


def _rows(one: Measured, number: int, paths: Mapping[int, str]) -> pd.DataFrame:
    """The rows of one series, all nights at once."""
    line = one.lines[number]
    nights = [night for night in one.nights if number in one.lines_on(night)]
    values = one.values[number][[night.number for night in nights]]
    told = {
        "path": [paths[night.number] for night in nights], "run_id": [night.run_id for night in nights],
        "timestamp": pd.to_datetime([night.begun for night in nights]).tz_localize(None), "experiment": one.name,
        "test": line.test, "params": canonical(line.params), "metric": line.metric, "unit": line.unit,
        "direction": line.direction, "variant": line.variant,
        "tvm_hash": [night.builds[line.variant] for night in nights],
        "machine": [night.machine["id"] for night in nights], **_stats(line, values), "value": values,
        "derived": line.derived, "note": "", "deterministic": line.deterministic, "artifact": "", "ran_on": "",
    }  # fmt: skip
    return pd.DataFrame(told, columns=["path", *COLUMNS])


def _record_rows(one: Measured, paths: Sequence[str]) -> pd.DataFrame:
    rows = [
        [night.run_id, one.name, night.machine["id"], canonical(fingerprint(night.machine)), canonical(night.versions)]
        for night in one.nights
    ]
    frame = pd.DataFrame(rows, columns=RECORD_COLUMNS[:5])
    return frame.assign(throttled=pd.Series([None] * len(rows), dtype="boolean"), complete=True, path=paths)


File = tuple[str, int, int, str]  # a row of the table's files


def _write_records(home: Home, one: Measured) -> list[File]:
    """A file for every night, those of the newest with what was measured; nothing waits for the disk."""
    folder = home.exp_data_dir(one.name)
    folder.mkdir(parents=True, exist_ok=True)
    shown = home.shown(folder)
    whole = one.nights[-WHOLE:]
    for night in whole:
        write_one(home, one, night)
    eldest = str(folder / _file(whole[0]))
    for night in one.nights[: -len(whole)]:
        os.link(eldest, f"{folder}/{_file(night)}")
    return [(f"{shown}/{_file(night)}", *_stamp(f"{folder}/{_file(night)}"), "") for night in one.nights]


def write_one(home: Home, one: Measured, night: Night) -> None:
    """The record of one night."""
    home.data_file(one.name, night.run_id).write_text(json.dumps(_record(one, night)), encoding="utf-8")


def _file(night: Night) -> str:
    return f"data_{night.run_id}.json"


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116, thirty thousand of them
    return found.st_size, found.st_mtime_ns


def _record(one: Measured, night: Night) -> dict[str, Any]:
    """The JSON of a record; the fields' names are checked by the dataclass, whose own `asdict` takes too long."""
    title = one.name.replace("_", " ").capitalize()
    record = Record(
        run_id=night.run_id, timestamp=night.begun.isoformat(), experiment=one.name, title=title,
        start_time=night.begun.isoformat(), end_time=(night.begun + timedelta(seconds=41)).isoformat(), duration_s=41.0,
        tvm_hash=night.builds["installed"], machine=night.machine, versions=night.versions,
        config={"active": True, "timeout_s": 1800.0, "threads": 1}, seed=7919 * night.number, position=1,
        tests=[], measurements=[],
    )  # fmt: skip
    told = {key: value for key, value in vars(record).items() if key != "telemetry"}
    measurements = [_measurement(one.lines[n], night, float(one.values[n][night.number])) for n in one.lines_on(night)]
    return {"schema": SCHEMA, **told, "tests": _tests(one, night), "measurements": measurements}


def _measurement(line: Line, night: Night, value: float) -> dict[str, Any]:
    stats = vars(Statistics(**_stats(line, value)))
    return {
        "test": line.test, "params": line.params, "metric": line.metric, "unit": line.unit,
        "direction": line.direction, "stats": stats, "value": value, "variant": line.variant,
        "tvm_hash": night.builds[line.variant], "derived": line.derived, "deterministic": line.deterministic,
    }  # fmt: skip


def _tests(one: Measured, night: Night) -> list[dict[str, Any]]:
    """How its tests ended: all well but that of the lost line; older nights are not asked for them."""
    if night.ago:
        return []
    return [asdict(_outcome(one, number, line)) for number, line in enumerate(one.lines) if not line.derived]


def _outcome(one: Measured, number: int, line: Line) -> TestOutcome:
    is_lost = number == one.fate.lost
    nodeid = f"bench/test_{one.name}.py::{line.test}[{'-'.join(map(str, line.params.values()))}]"
    message = "MeasurementError: relax differs from torch\n  largest difference 0.31 at (0, 17)" if is_lost else ""
    outcome = "failed" if is_lost else "passed"
    return TestOutcome(nodeid, outcome, 0.4, message, line.test, line.params, line.variant)
