"""Brings the table's file up to the record files: what is new, what changed, what is gone, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from ..errors import RecordError
from ..home import Home
from .layout import CREATE, LAYOUT, OF_FILES, TABLES, confirmation_rows, frame_of, record_row
from .records import Record, read_record

AT_ONCE = 200  # record files that are taken in by one statement


def is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the open file has today's layout."""
    try:
        return connection.execute("SELECT version FROM layout").fetchone() == (LAYOUT,)
    except duckdb.CatalogException:
        return False


def recreate(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty tables of today's layout in place of whatever the file has."""
    for name in TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(CREATE)


def refresh(connection: duckdb.DuckDBPyConnection, home: Home) -> list[str]:
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
        for table in OF_FILES:
            connection.execute(f"DELETE FROM {table} WHERE path = ?", [path])  # noqa: S608, a name of our own
    for start in range(0, len(fresh), AT_ONCE):
        _insert(connection, home, fresh[start : start + AT_ONCE], present)
    _doubt_steps(connection, {*stale, *fresh})
    connection.commit()
    return [problem for (problem,) in connection.execute("SELECT problem FROM files WHERE problem <> ''").fetchall()]


def _doubt_steps(connection: duckdb.DuckDBPyConnection, paths: set[str]) -> None:
    """Forget what detection has seen where a record changed that it had looked at."""
    looked = connection.execute("FROM looked").fetchall()
    touched = [(Path(path).parent.name, Path(path).stem.removeprefix("data_")) for path in paths]
    for experiment, machine, last_run in looked:
        if any(name == experiment and run_id <= last_run for name, run_id in touched):
            forget_steps(connection, experiment, machine)


def forget_steps(connection: duckdb.DuckDBPyConnection, experiment: str, machine: str) -> None:
    """Whoever judges these series next looks at all their nights again."""
    for table in ("steps", "looked"):
        query = f"DELETE FROM {table} WHERE experiment = ? AND machine = ?"  # noqa: S608, a name of our own
        connection.execute(query, [experiment, machine])


def _insert(
    connection: duckdb.DuckDBPyConnection, home: Home, paths: Sequence[str], stamps: Mapping[str, tuple[int, int]]
) -> None:
    """Take in these record files; one that is no readable record is named with its problem."""
    parts: dict[str, list[pd.DataFrame]] = {"measurements": [], "records": [], "confirmations": []}
    files = []
    for path in paths:
        problem = ""
        try:
            record = read_record(home.root / path)
        except RecordError as error:
            problem = str(error)
        else:
            for part, rows in zip(parts.values(), _rows_by_table(record), strict=True):
                rows.insert(0, "path", path)
                part.append(rows)
        files.append([path, *stamps[path], problem])
    for table, frames in parts.items():
        filled = [rows for rows in frames if len(rows)]
        if filled:
            append(connection, table, pd.concat(filled, ignore_index=True))
    append(connection, "files", pd.DataFrame(files, columns=["path", "size", "mtime_ns", "problem"]))


def _rows_by_table(record: Record) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Its rows of the tables `measurements`, `records` and `confirmations`."""
    rows = frame_of(record)
    rows["timestamp"] = rows["timestamp"].dt.tz_localize(None)
    return rows, record_row(record), confirmation_rows(record)


def append(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Insert the rows, whose columns are those of the table."""
    if len(rows):
        connection.register("rows", rows)
        connection.execute(f"INSERT INTO {table} SELECT * FROM rows")  # noqa: S608, a name of our own
        connection.unregister("rows")
