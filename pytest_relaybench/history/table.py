"""The one tidy table: every measurement of every record, one row. Everything that looks at results reads it here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import duckdb
import pandas as pd

from ..errors import HomeError
from ..home import SENTINELS, Home, open_home
from ..machine import is_of_other_program
from .layout import (
    COLUMNS,
    CONFIRMATION_COLUMNS,
    CREATE,
    PUBLIC_COLUMNS,
    RECORD_COLUMNS,
    SERIES_COLUMNS,
    STEP_COLUMNS,
    frame_of,
)
from .upkeep import append, forget_steps, is_current, make_room, recreate, refresh

Answer = TypeVar("Answer")
# DuckDB would take four fifths of the machine's memory, and a stranger's file may hold views that read other files
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "400MB", "enable_external_access": False}
DAMAGED = (
    duckdb.IOException, duckdb.SerializationException, duckdb.CatalogException, duckdb.FatalException,
    duckdb.InternalException, duckdb.PermissionException,
)  # fmt: skip
STAMPS = """SELECT experiment, left(run_id, 6) AS month,
    count(*) || ' ' || sum(hash(path, size, mtime_ns)) AS stamp
    FROM files JOIN records USING (path) GROUP BY ALL ORDER BY ALL"""

__all__ = ["COLUMNS", "PUBLIC_COLUMNS", "SERIES_COLUMNS", "Table", "frame_of", "measured_here", "open_history"]


def open_history(home: str | os.PathLike[str]) -> pd.DataFrame:
    """Every measurement of every record in `home`, one row each, oldest run first.

    Columns: run_id, timestamp (UTC), experiment, test, params (canonical JSON), metric, unit, direction, variant,
    tvm_hash, machine, n, mean, median, std, min, max, ci_low, ci_high; statistics are in `unit`. Reads the record files
    themselves, so it may be called while a night runs. Raises HomeError or ConfigError when `home` is no home.
    """
    with duckdb.connect() as connection:
        connection.execute(CREATE)
        refresh(connection, open_home(Path(home)))
        return _frame(connection, Asked(), PUBLIC_COLUMNS)


def measured_here(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows, which have a column `machine`, but for imported ones: what other programs ran is no night of ours."""
    others = [machine for machine in frame["machine"].unique() if is_of_other_program(machine)]
    return frame[~frame["machine"].isin(others)] if others else frame


@dataclass(frozen=True)
class Asked:
    """Which rows: those whose columns have these values, of runs from one on and before another."""

    equal: Mapping[str, str] = field(default_factory=dict)
    first_run: str = ""
    before_run: str = ""

    @property
    def condition(self) -> str:
        """After WHERE, with a question mark for each of `values`."""
        runs = [sign for sign, run in (("run_id >= ?", self.first_run), ("run_id < ?", self.before_run)) if run]
        return " AND ".join([*(f'"{column}" = ?' for column in self.equal), *runs]) or "true"

    @property
    def values(self) -> list[str]:
        """For the question marks."""
        return [*self.equal.values(), *filter(None, (self.first_run, self.before_run))]


class Table:
    """The table of one home, kept in `results/history.duckdb` and brought up to the record files by `refresh`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._memory: duckdb.DuckDBPyConnection | None = None  # instead of a file that another process holds
        self._open: duckdb.DuckDBPyConnection | None = None
        self.problems: list[str] = []

    def refresh(self) -> None:
        """Take in new, changed and vanished record files in one transaction; a damaged or older table is rebuilt.

        Files that are no readable records are named in `problems` and left where they are. While another process
        holds the file, as two sessions at one desk may, or the disk is full, it is made in memory.
        """
        self._memory = None
        try:
            self._home.results.mkdir(parents=True, exist_ok=True)
            make_room(self._home.history_file)
            self._refresh_file()
        except OSError:
            self._read_into_memory()
        except duckdb.Error as error:
            if _is_held(error) or not self._is_rebuilt():
                self._read_into_memory()

    def rebuild(self, processes: int = 1) -> None:
        """Make the file from nothing, reading records with so many processes.

        Raises HomeError where it cannot be written. A script that asks for several is to guard its start, as
        `multiprocessing` wants it.
        """
        self._memory = None
        try:
            make_room(self._home.history_file)
            self._home.history_file.unlink(missing_ok=True)
            self._home.results.mkdir(parents=True, exist_ok=True)
            self._refresh_file(processes)
        except (OSError, duckdb.Error) as error:
            raise HomeError(f"{self._home.history_file}: the table cannot be made: {error}") from error

    def _is_rebuilt(self) -> bool:
        """Make the file from nothing; False where that fails too, as on a full disk or in a folder that is not ours."""
        try:
            self._home.history_file.unlink(missing_ok=True)
            self._refresh_file()
        except (OSError, duckdb.Error):
            return False
        return True

    def _refresh_file(self, processes: int = 1) -> None:
        with _connected(self._home) as connection:
            if not is_current(connection):
                recreate(connection)
            self.problems = refresh(connection, self._home, processes)

    def _read_into_memory(self) -> None:
        self._memory = duckdb.connect()
        self._memory.execute(CREATE)
        self.problems = refresh(self._memory, self._home)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep the file open for many questions; nothing may be written meanwhile."""
        if self._memory is not None or self._open is not None:
            yield
            return
        try:
            self._open = _connected(self._home, read_only=True)
        except duckdb.Error:
            yield  # each question deals with what is wrong
            return
        try:
            yield
        finally:
            self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def frame(
        self, *, first_run: str = "", before_run: str = "", columns: Sequence[str] = COLUMNS, **equal: str
    ) -> pd.DataFrame:
        """Rows whose columns equal the given values, e.g. `frame(experiment="relay_opt")`, oldest run first.

        `first_run` leaves out the runs before it, `before_run` itself and those after it. Beside the public columns:
        `value`, the headline statistic, `derived`, whether an `analyze` computed it, `note`, the line that was recorded
        with it, `deterministic`, `artifact`, the hash of what was measured, and `ran_on`, the device that did the work.
        Who names the columns that he needs has years of nights in less memory.
        """
        asked = Asked(equal, first_run, before_run)
        return self._read(lambda connection: _frame(connection, asked, columns))

    def records(self, *, columns: Sequence[str] = RECORD_COLUMNS, **equal: str) -> pd.DataFrame:
        """One row a record: run_id, experiment, machine, fingerprint and versions (JSON), throttled, complete."""
        return self._read(lambda connection: _rows_of(connection, "records", columns, Asked(equal)))

    def distinct(self, columns: Sequence[str], *, first_run: str = "", before_run: str = "") -> pd.DataFrame:
        """Every combination of these columns of the rows with a finite `value`, and `first`, its earliest timestamp."""
        asked = Asked({}, first_run, before_run)
        return self._read(lambda connection: _distinct(connection, columns, asked))

    def stamps(self) -> pd.DataFrame:
        """One row for each experiment and month: `month`, as `202611`, and `stamp`, which follows from its records.

        A record that is new, gone, or written anew changes the stamp of its month, which begins as its run's id does.
        """
        return self._read(lambda connection: connection.execute(STAMPS).df())

    def confirmations(self, **equal: str) -> pd.DataFrame:
        """One row for each series that was measured again on a night because it was suspect."""
        return self._read(lambda connection: _rows_of(connection, "confirmations", CONFIRMATION_COLUMNS, Asked(equal)))

    def steps(self, experiment: str, machine: str) -> tuple[str, pd.DataFrame]:
        """The changes that detection has seen in these series, and the last run that it looked at ("" for none).

        They are forgotten when a record of that run or of one before changes, appears or vanishes.
        """
        return self._read(lambda connection: _steps(connection, {"experiment": experiment, "machine": machine}))

    def keep_steps(self, machine: str, last_run: str, steps: Mapping[str, pd.DataFrame]) -> None:
        """Keep what detection has seen of these experiments up to `last_run`: the next night costs one look a series.

        Where another process holds the file, it is damaged or the disk is full nothing is kept, and the next night
        looks again.
        """
        if self._memory is not None:
            return
        with suppress(duckdb.Error), _connected(self._home) as connection:
            connection.begin()
            for experiment, found in steps.items():
                forget_steps(connection, experiment, machine)
                connection.execute("INSERT INTO looked VALUES (?, ?, ?)", [experiment, machine, last_run])
                append(connection, "steps", found[STEP_COLUMNS])
            connection.commit()

    def counts(self) -> tuple[int, int]:
        """How many records and measurements it holds."""
        query = "SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM measurements)"
        found = self._read(lambda connection: connection.execute(query).fetchone()) or (0, 0)
        return int(found[0]), int(found[1])

    def series_counts(self, machine: str, first_run: str) -> Mapping[str, int]:
        """How many series each run from `first_run` on measured whose values chance may move; sentinels are none."""
        query = """SELECT run_id, count(*) FROM measurements WHERE machine = ? AND run_id >= ?
            AND NOT deterministic AND experiment <> ? GROUP BY run_id"""
        asked = [machine, first_run, SENTINELS]
        return self._read(lambda connection: dict(connection.execute(query, asked).fetchall()))

    def _read(self, question: Callable[[duckdb.DuckDBPyConnection], Answer]) -> Answer:
        """Ask the file; in memory while another process holds it or when it turns out to be damaged."""
        if self._memory is None:
            try:
                if self._open is not None:
                    return question(self._open)
                with _connected(self._home, read_only=True) as connection:
                    return question(connection)
            except DAMAGED as error:
                self._close()
                if not _is_held(error):
                    with suppress(OSError):
                        self._home.history_file.unlink(missing_ok=True)  # the next refresh makes it again
            self._read_into_memory()
        assert self._memory is not None
        return question(self._memory)


def _connected(home: Home, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """The home's file; years of nights shall not fill the memory of a machine that measures."""
    try:
        # DuckDB takes the bytes of a name as UTF-8, whatever the locale makes of them
        name = os.fsencode(home.history_file).decode()
    except UnicodeDecodeError:
        raise duckdb.IOException(f"{home.history_file}: the path is no UTF-8") from None
    return duckdb.connect(name, read_only=read_only, config=SETTINGS)


def _is_held(error: duckdb.Error) -> bool:
    """Whether the file is fine but another process has it open."""
    return "Could not set lock" in str(error) or "Conflicting lock" in str(error)


def _frame(connection: duckdb.DuckDBPyConnection, asked: Asked, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    frame = _rows_of(connection, "measurements", columns, asked, "run_id, experiment, test, params, metric, variant")
    if "timestamp" in columns:
        frame["timestamp"] = frame["timestamp"].dt.tz_localize("UTC")
    return frame


def _rows_of(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], asked: Asked, order: str = "ALL"
) -> pd.DataFrame:
    query = f"SELECT {_names(columns)} FROM {table} WHERE {asked.condition} ORDER BY {order}"  # noqa: S608, names of our own
    return connection.execute(query, asked.values).df()


def _distinct(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], asked: Asked) -> pd.DataFrame:
    names = _names(columns)
    query = f"""SELECT {names}, min("timestamp") AS "first" FROM measurements
        WHERE isfinite("value") AND {asked.condition} GROUP BY {names} ORDER BY {names}"""  # noqa: S608, names of our own
    frame = connection.execute(query, asked.values).df()
    frame["first"] = frame["first"].dt.tz_localize("UTC")
    return frame


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _steps(connection: duckdb.DuckDBPyConnection, equal: Mapping[str, str]) -> tuple[str, pd.DataFrame]:
    last = connection.execute("SELECT run_id FROM looked WHERE experiment = ? AND machine = ?", [*equal.values()])
    found = last.fetchone()
    return str(found[0]) if found else "", _rows_of(connection, "steps", STEP_COLUMNS, Asked(equal))
