"""Brings the table's file up to the record files: what is new, what changed, what is gone, in one transaction."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from ..errors import reason_of
from ..files import set_aside
from ..home import Home
from .layout import COLUMNS, CONFIRMATION_COLUMNS, CREATE, LAYOUT, OF_FILES, RECORD_COLUMNS, TABLES
from .taking import Taken, reading

RECORDS = "*/data_*.json"
AT_ONCE = 200  # record files that are taken in by one statement
ROWS = {"measurements": COLUMNS, "records": RECORD_COLUMNS, "confirmations": CONFIRMATION_COLUMNS}


def make_room(file: Path) -> None:
    """Move aside what is no file: a pipe would hold up the engine for ever, a folder cannot be written over."""
    for place in (file, file.with_name(f"{file.name}.wal")):
        if os.path.lexists(place) and not place.is_file():
            set_aside(place)


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


def refresh(connection: duckdb.DuckDBPyConnection, home: Home, processes: int = 1) -> list[str]:
    """Bring the open table up to the files; return the problems of all unreadable ones."""
    known = {path: (size, mtime) for path, size, mtime, _ in connection.execute("FROM files").fetchall()}
    present, closed = _record_files(home)
    there = {path for path in known if path.startswith(tuple(f"{folder}/" for folder in closed))}
    stale = [path for path, stamp in known.items() if present.get(path) != stamp and path not in there]
    # night by night, so that questions about the newest nights find them together
    fresh = sorted((path for path, stamp in present.items() if known.get(path) != stamp), key=_night_first)
    connection.begin()
    for path in stale:
        for table in OF_FILES:
            connection.execute(f"DELETE FROM {table} WHERE path = ?", [path])  # noqa: S608, a name of our own
    batches = [fresh[start : start + AT_ONCE] for start in range(0, len(fresh), AT_ONCE)]
    with reading(home.root, processes if len(batches) > 1 else 1) as read:
        for parts in read(batches):
            _insert(connection, parts, present)
    _doubt_steps(connection, {*stale, *fresh})
    connection.commit()
    problems = connection.execute("SELECT problem FROM files WHERE problem <> ''").fetchall()
    return [*(f"{folder}: {reason}" for folder, reason in closed.items()), *(problem for (problem,) in problems)]


def _record_files(home: Home) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    """The record files with their stamps; and the folders that may not be read, with the reason."""
    data = home.results / "experiments" / "data"
    present: dict[str, tuple[int, int]] = {}
    closed: dict[str, str] = {}
    try:
        folders = sorted(data.iterdir()) if data.is_dir() else []
    except OSError as error:
        return {}, {home.shown(data): reason_of(error)}
    for folder in folders:
        try:
            present |= {home.shown(path): _stamp(path) for path in folder.iterdir() if path.match(RECORDS)}
        except NotADirectoryError:
            continue
        except OSError as error:
            closed[home.shown(folder)] = reason_of(error)
    return present, closed


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file; of what cannot be looked at, as a link to nothing, that it is there."""
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_size, told.st_mtime_ns


def _night_first(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return name, folder


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
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Taken], stamps: Mapping[str, tuple[int, int]]
) -> None:
    """Put what was read of some record files into the tables."""
    for table, columns in ROWS.items():
        rows = [[part.path, *row] for part in parts for row in part.rows.get(table, ())]
        append(connection, table, pd.DataFrame(rows, columns=["path", *columns]))
    files = [[part.path, *stamps[part.path], part.problem] for part in parts]
    append(connection, "files", pd.DataFrame(files, columns=["path", "size", "mtime_ns", "problem"]))


def append(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Insert the rows, whose columns are those of the table."""
    if len(rows):
        connection.register("rows", rows)
        connection.execute(f"INSERT INTO {table} SELECT * FROM rows")  # noqa: S608, a name of our own
        connection.unregister("rows")
