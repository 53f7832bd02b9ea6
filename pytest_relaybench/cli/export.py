"""`relaybench export H -o FILE`: the history for other programs."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import HomeError, reason_of
from ..exporting.pytest_benchmark import write_pytest_benchmark
from ..exporting.tables import write_csv, write_parquet
from ..exporting.tvm_log import write_tvm_log
from ..history.table import Table
from ..home import Home, open_home
from ..render.format import count_text
from .arguments import add_home, folder

if TYPE_CHECKING:
    from .arguments import Subparsers

FORMS = ("csv", "parquet", "pytest-benchmark", "tvm-log")
SUFFIXES = {".csv": "csv", ".parquet": "parquet", ".jsonl": "tvm-log", ".json": "pytest-benchmark"}


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("export", help="write the history for other programs")
    add_home(parser)
    parser.add_argument("-o", "--output", metavar="FILE", type=folder, required=True, help="file to write")
    parser.add_argument("--format", choices=FORMS, help="default: by the file's ending, .csv .parquet .json .jsonl")
    parser.add_argument("--experiment", metavar="NAME", help="of this experiment alone")
    parser.add_argument(
        "--run",
        metavar="RUN",
        dest="of_run",
        default="",
        help="of this run alone; pytest-benchmark's default is the newest",
    )
    parser.add_argument("--since", metavar="DATE", default="", help="runs from this day on, as in 2026-11-01")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and say what is in it; raises HomeError where there is nothing to write."""
    home = open_home(arguments.home)
    form = arguments.format or SUFFIXES.get(arguments.output.suffix)
    if form is None:
        raise HomeError(f"{arguments.output}: --format is one of {', '.join(FORMS)}, or the file's ending tells it")
    rows = _rows(home, arguments, form)
    told = _write(home, rows, arguments.output, form)
    print(f"{arguments.output}: {told}")
    return 0


def _rows(home: Home, arguments: argparse.Namespace, form: str) -> pd.DataFrame:
    since = _first_run(arguments.since)
    table = Table(home)
    table.refresh()
    chosen = {"experiment": arguments.experiment, "run_id": arguments.of_run}
    rows = table.frame(first_run=since, **{k: v for k, v in chosen.items() if v})
    if form == "pytest-benchmark" and not rows.empty:
        rows = rows[rows["run_id"] == rows["run_id"].iloc[-1]]
    if rows.empty:
        raise HomeError(f"{home.root}: no measurement is of what was asked for")
    return rows


def _first_run(day: str) -> str:
    """What the ids of the day's runs, and of later ones, do not stand before."""
    try:
        return f"{date.fromisoformat(day):%Y%m%d}" if day else ""
    except ValueError:
        raise HomeError(f"--since: {day!r} is no day (as in 2026-11-01)") from None


def _write(home: Home, rows: pd.DataFrame, path: Path, form: str) -> str:
    try:
        if form == "pytest-benchmark":
            count, lost = write_pytest_benchmark(home, rows, path)
            without = f"; {count_text(lost, 'case')} whose samples are gone are left out" if lost else ""
            return f"{count_text(count, 'benchmark')} of run {rows['run_id'].iloc[0]}{without}"
        if form == "tvm-log":
            return count_text(write_tvm_log(home, rows, path), "entry", "entries")
        count = write_csv(rows, path) if form == "csv" else write_parquet(rows, path)
    except OSError as error:
        raise HomeError(f"{path}: cannot be written: {reason_of(error)}") from error
    return count_text(count, "measurement")
