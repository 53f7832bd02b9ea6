"""The one tidy table: every measurement of every record, one row. Everything that looks at results reads it here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ..errors import RecordError
from ..home import Home, open_home
from .records import Record, canonical, read_record

PUBLIC_COLUMNS = [
    "run_id", "timestamp", "experiment", "test", "params", "metric", "unit", "direction", "variant", "tvm_hash",
    "machine", "n", "mean", "median", "std", "min", "max", "ci_low", "ci_high",
]  # fmt: skip
COLUMNS = [*PUBLIC_COLUMNS, "value", "derived", "note"]
SERIES_COLUMNS = ["experiment", "test", "params", "metric", "variant", "machine"]
LAYOUT = 3  # of the DuckDB file; another number means rebuild

_TEXT = (
    "run_id", "experiment", "test", "params", "metric", "unit", "direction", "variant", "tvm_hash", "machine", "note",
)  # fmt: skip
_TYPES = {"timestamp": "TIMESTAMP", "n": "BIGINT", "derived": "BOOLEAN", **dict.fromkeys(_TEXT, "VARCHAR")}
_CREATE = f"""
CREATE TABLE layout AS SELECT {LAYOUT} AS version;
CREATE TABLE files (path VARCHAR PRIMARY KEY, size BIGINT, mtime_ns BIGINT, problem VARCHAR);
CREATE TABLE measurements (path VARCHAR, {", ".join(f'"{name}" {_TYPES.get(name, "DOUBLE")}' for name in COLUMNS)});
"""


def open_history(home: str | os.PathLike[str]) -> pd.DataFrame:
    """Every measurement of every record in `home`, one row each, oldest run first.

    Columns: run_id, timestamp (UTC), experiment, test, params (canonical JSON), metric, unit, direction, variant,
    tvm_hash, machine, n, mean, median, std, min, max, ci_low, ci_high; statistics are in `unit`. Reads the record files
    themselves, so it may be called while a night runs. Raises HomeError or ConfigError when `home` is no home.
    """
    with duckdb.connect() as connection:
        connection.execute(_CREATE)
        _refresh(connection, open_home(Path(home)))
        return _frame(connection, {})[PUBLIC_COLUMNS]


class Table:
    """The table of one home, kept in `results/history.duckdb` and brought up to the record files by `refresh`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._memory: duckdb.DuckDBPyConnection | None = None  # instead of a file that another process holds
        self.problems: list[str] = []

    def refresh(self) -> None:
        """Take in new, changed and vanished record files in one transaction; a damaged or older table is rebuilt.

        Files that are no readable records are named in `problems` and left where they are. While another process
        holds the file, as two sessions at one desk may, the table is made in memory.
        """
        self._home.results.mkdir(parents=True, exist_ok=True)
        self._memory = None
        try:
            self._refresh_file()
        except duckdb.Error as error:
            if _is_held(error):
                self._read_into_memory()
                return
            self._home.history_file.unlink(missing_ok=True)
            self._refresh_file()

    def _refresh_file(self) -> None:
        with duckdb.connect(str(self._home.history_file)) as connection:
            if not _is_current(connection):
                _recreate(connection)
            self.problems = _refresh(connection, self._home)

    def _read_into_memory(self) -> None:
        self._memory = duckdb.connect()
        self._memory.execute(_CREATE)
        self.problems = _refresh(self._memory, self._home)

    def frame(self, **equal: str) -> pd.DataFrame:
        """Rows whose columns equal the given values, e.g. `frame(experiment="relay_opt")`, oldest run first.

        Beside the public columns: `value`, the headline statistic, `derived`, whether an `analyze` computed it, and
        `note`, the line that was recorded with it.
        """
        if self._memory is not None:
            return _frame(self._memory, equal)
        try:
            with duckdb.connect(str(self._home.history_file), read_only=True) as connection:
                return _frame(connection, equal)
        except duckdb.IOException as error:
            if not _is_held(error):
                raise
        self._read_into_memory()
        return self.frame(**equal)


def _is_held(error: duckdb.Error) -> bool:
    """Whether the file is fine but another process has it open."""
    return "Could not set lock" in str(error) or "Conflicting lock" in str(error)


def frame_of(record: Record) -> pd.DataFrame:
    """The rows of one record, with the columns that `Table.frame` gives."""
    frame = pd.DataFrame(_rows(record), columns=COLUMNS)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    return frame


def _is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        return connection.execute("SELECT version FROM layout").fetchone() == (LAYOUT,)
    except duckdb.CatalogException:
        return False


def _recreate(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("layout", "files", "measurements"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(_CREATE)


def _refresh(connection: duckdb.DuckDBPyConnection, home: Home) -> list[str]:
    """Bring the open table up to the files; return the problems of all unreadable ones."""
    known = {path: (size, mtime) for path, size, mtime, _ in connection.execute("FROM files").fetchall()}
    present = {
        home.shown(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in (home.results / "experiments" / "data").glob("*/data_*.json")
    }
    stale = [path for path, stamp in known.items() if present.get(path) != stamp]
    fresh = sorted(path for path, stamp in present.items() if known.get(path) != stamp)
    connection.begin()
    for path in stale:
        connection.execute("DELETE FROM files WHERE path = ?", [path])
        connection.execute("DELETE FROM measurements WHERE path = ?", [path])
    for path in fresh:
        _insert(connection, home, path, present[path])
    connection.commit()
    return [problem for (problem,) in connection.execute("SELECT problem FROM files WHERE problem <> ''").fetchall()]


def _insert(connection: duckdb.DuckDBPyConnection, home: Home, path: str, stamp: tuple[int, int]) -> None:
    problem = ""
    try:
        rows = frame_of(read_record(home.root / path))
    except RecordError as error:
        problem = str(error)
    else:
        rows.insert(0, "path", path)
        rows["timestamp"] = rows["timestamp"].dt.tz_localize(None)
        if len(rows):
            connection.register("rows", rows)
            connection.execute("INSERT INTO measurements SELECT * FROM rows")
            connection.unregister("rows")
    connection.execute("INSERT INTO files VALUES (?, ?, ?, ?)", [path, *stamp, problem])


def _frame(connection: duckdb.DuckDBPyConnection, equal: dict[str, str]) -> pd.DataFrame:
    where = " AND ".join(f'"{column}" = ?' for column in equal) or "true"
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    order = "run_id, experiment, test, params, metric, variant"
    query = f"SELECT {names} FROM measurements WHERE {where} ORDER BY {order}"  # noqa: S608, column names of our own
    frame = connection.execute(query, list(equal.values())).df()
    frame["timestamp"] = frame["timestamp"].dt.tz_localize("UTC")
    return frame


def _rows(record: Record) -> list[list[Any]]:
    machine = str(record.machine.get("id", ""))
    return [
        [
            record.run_id, record.timestamp, record.experiment, entry.test, canonical(entry.params), entry.metric,
            entry.unit, entry.direction, entry.variant, entry.tvm_hash, machine, entry.stats.n, entry.stats.mean,
            entry.stats.median, entry.stats.std, entry.stats.min, entry.stats.max, entry.stats.ci_low,
            entry.stats.ci_high, entry.value, entry.derived, entry.note,
        ]
        for entry in record.measurements
    ]  # fmt: skip
