"""The columns of the tidy table, how DuckDB holds them, and the rows that a record makes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..machine import fingerprint
from .records import Record, canonical

PUBLIC_COLUMNS = [
    "run_id", "timestamp", "experiment", "test", "params", "metric", "unit", "direction", "variant", "tvm_hash",
    "machine", "n", "mean", "median", "std", "min", "max", "ci_low", "ci_high",
]  # fmt: skip
COLUMNS = [*PUBLIC_COLUMNS, "value", "derived", "note", "deterministic", "artifact", "ran_on"]
SERIES_COLUMNS = ["experiment", "test", "params", "metric", "variant", "machine"]
RECORD_COLUMNS = ["run_id", "experiment", "machine", "fingerprint", "versions", "throttled", "complete"]
CONFIRMATION_COLUMNS = ["run_id", *SERIES_COLUMNS, "outcome", "method", "kind", "ratio", "ci_low", "ci_high", "message"]
STEP_COLUMNS = [*SERIES_COLUMNS, "start_run", "seen_run", "difference", "evidence", "stayed"]
LAYOUT = 6  # of the DuckDB file; another number means rebuild

_TYPES = {
    "timestamp": "TIMESTAMP",
    "n": "BIGINT",
    "stayed": "BIGINT",
    **dict.fromkeys(("derived", "deterministic", "throttled", "complete"), "BOOLEAN"),
    **dict.fromkeys(("mean", "median", "std", "min", "max", "ci_low", "ci_high", "value"), "DOUBLE"),
    **dict.fromkeys(("ratio", "difference", "evidence"), "DOUBLE"),
}


def _columns(names: list[str]) -> str:
    return ", ".join(f'"{name}" {_TYPES.get(name, "VARCHAR")}' for name in names)


TABLES = ("layout", "files", "measurements", "records", "confirmations", "steps", "looked")
OF_FILES = ("files", "measurements", "records", "confirmations")  # whose rows go with their record file
CREATE = f"""
CREATE TABLE layout AS SELECT {LAYOUT} AS version;
CREATE TABLE files (path VARCHAR PRIMARY KEY, size BIGINT, mtime_ns BIGINT, problem VARCHAR);
CREATE TABLE measurements (path VARCHAR, {_columns(COLUMNS)});
CREATE TABLE records (path VARCHAR, {_columns(RECORD_COLUMNS)});
CREATE TABLE confirmations (path VARCHAR, {_columns(CONFIRMATION_COLUMNS)});
CREATE TABLE steps ({_columns(STEP_COLUMNS)});
CREATE TABLE looked ({_columns(["experiment", "machine", "run_id"])});
"""


def frame_of(record: Record) -> pd.DataFrame:
    """The rows of one record, with the columns that `Table.frame` gives."""
    frame = pd.DataFrame(measurement_values(record, record.timestamp), columns=COLUMNS)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    return frame


def record_row(record: Record) -> pd.DataFrame:
    """The record itself as one row of RECORD_COLUMNS."""
    return pd.DataFrame([record_values(record)], columns=RECORD_COLUMNS)


def confirmation_rows(record: Record) -> pd.DataFrame:
    """What was measured again on the night of the record, one row a series, with CONFIRMATION_COLUMNS."""
    return pd.DataFrame(confirmation_values(record), columns=CONFIRMATION_COLUMNS)


def record_values(record: Record) -> list[Any]:
    """One row of RECORD_COLUMNS.

    `fingerprint`, of `machine.fingerprint`, and `versions`, with the hash of the experiment's sources, are JSON.
    """
    throttled = record.telemetry.throttled if record.telemetry else None
    return [
        record.run_id, record.experiment, machine_of(record), canonical(fingerprint(record.machine)),
        canonical({**record.versions, **_source(record)}), throttled, record.complete,
    ]  # fmt: skip


def _source(record: Record) -> dict[str, Any]:
    """The hash of the experiment's own sources; records of before have none."""
    return {"source": record.extra["source"]} if "source" in record.extra else {}


def confirmation_values(record: Record) -> list[list[Any]]:
    """Rows of CONFIRMATION_COLUMNS; an unreadable entry is left out."""
    return [
        [
            record.run_id, record.experiment, entry["test"], canonical(entry["params"]), entry["metric"],
            entry["variant"], machine_of(record), entry["outcome"], entry.get("method"), entry.get("kind"),
            entry.get("ratio"), entry.get("ci_low"), entry.get("ci_high"), entry.get("message", ""),
        ]
        for entry in record.extra.get("confirmations", ())
        if {"test", "params", "metric", "variant", "outcome"} <= set(entry)
    ]  # fmt: skip


def machine_of(record: Record) -> str:
    """What tells its machine from others."""
    return str(record.machine.get("id", ""))


def measurement_values(record: Record, timestamp: Any) -> list[list[Any]]:
    """Rows of COLUMNS, with the record's timestamp in the form that the caller wants."""
    machine = machine_of(record)
    return [
        [
            record.run_id, timestamp, record.experiment, entry.test, canonical(entry.params), entry.metric,
            entry.unit, entry.direction, entry.variant, entry.tvm_hash, machine, entry.stats.n, entry.stats.mean,
            entry.stats.median, entry.stats.std, entry.stats.min, entry.stats.max, entry.stats.ci_low,
            entry.stats.ci_high, entry.value, entry.derived, entry.note, entry.deterministic, entry.artifact,
            entry.ran_on,
        ]
        for entry in record.measurements
    ]  # fmt: skip
