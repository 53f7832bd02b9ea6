"""`relaybench baseline H`: the levels of a home's series in one file, for a gate on machines without its history."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import HomeError, RecordError
from ..gate import make_baseline, write_baseline
from ..gate.baseline import RUNS
from ..history.records import read_record
from ..history.table import Table, measured_here
from ..home import SENTINELS, Home, open_home
from ..render.format import count_text
from ..times import iso, utc_now
from .arguments import add_home, folder

if TYPE_CHECKING:
    from .arguments import Subparsers


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("baseline", help="keep the levels of a home's series in a file for --gate-baseline")
    add_home(parser)
    parser.add_argument("-o", "--output", metavar="FILE", type=folder, required=True, help="the file to write")
    parser.add_argument("--run", dest="run_id", metavar="RUN", help="the run that it speaks of (default: the newest)")
    parser.add_argument("--machine", metavar="ID", help="the machine that it speaks of (default: that of the run)")
    parser.add_argument(
        "--runs", metavar="N", type=_count, default=RUNS, help=f"newest runs to take a level from (default: {RUNS})"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the baseline; raises HomeError when there is nothing to write."""
    home = open_home(arguments.home)
    table = Table(home)
    table.refresh()
    frame = table.frame()
    frame = frame[frame["experiment"] != SENTINELS]
    run_id, machine = _whose(home, frame, arguments)
    baseline = make_baseline(
        frame,
        run_id=run_id,
        machine=machine,
        created=iso(utc_now()),
        runs=arguments.runs,
        cpu_model=_cpu_model(home, frame, run_id, machine),
    )
    path: Path = arguments.output
    write_baseline(path, baseline)
    told = count_text(len(baseline.series), "series", "series")
    print(f"{told} of the run {run_id} on machine {machine} are in {path}")
    return 0


def _whose(home: Home, frame: pd.DataFrame, arguments: argparse.Namespace) -> tuple[str, str]:
    """The run and the machine that are meant; raises HomeError where the home has none such."""
    for column, value in (("run_id", arguments.run_id), ("machine", arguments.machine)):
        if value is not None:
            frame = frame[frame[column] == value]
        if frame.empty:
            told = "nothing was measured here yet" if value is None else f"nothing was measured with {column} {value}"
            raise HomeError(f"{home.root}: {told}")
    own = measured_here(frame)  # nobody gates by what another program measured, unasked
    newest = (frame if own.empty else own).iloc[-1]
    return str(newest["run_id"]), str(newest["machine"])


def _cpu_model(home: Home, frame: pd.DataFrame, run_id: str, machine: str) -> str:
    rows = frame[(frame["run_id"] == run_id) & (frame["machine"] == machine)]
    try:
        return str(read_record(home.data_file(str(rows["experiment"].iloc[0]), run_id)).machine.get("cpu_model", ""))
    except RecordError:
        return ""


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("a number of runs is a whole number from 1")
    return int(text)
