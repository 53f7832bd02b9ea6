"""`relaybench compare A B [C ...]`: what differs between two runs, days, commits or files of results."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..beginning import DESK_CONFIG, DESK_FOLDER
from ..errors import RelaybenchError, reason_of
from ..files import write_text
from ..home import Home, open_home
from ..run_comparison.asking import Request, Told, compare_sides
from ..run_comparison.exporting import comparison_csv, comparison_json
from ..run_comparison.matching import parse_by
from ..run_comparison.presenting import markdown_lines, text_lines
from ..run_comparison.selecting import Side, choose_side
from ..run_comparison.sources import OURS, Source, home_source
from .arguments import folder

if TYPE_CHECKING:
    from .arguments import Subparsers

STATISTICS = ("headline", "min", "median", "mean")
FORMATS = ("text", "markdown", "json", "csv")
SHOWN = ("changed", "slower", "faster", "same", "unsure")
SORTS = ("change", "name", "verdict")
SIDES = """\
A, B and C are each one of:
  latest, previous, latest~3   a run of the home, counted from the newest
  20261120T0300                a run by its id or the beginning of one
  2026-11-20                   the last run of a day
  2026-11-01..2026-11-07       all runs of several days
  0.26.0, 11eef97              all runs of a version or commit of TVM
  results.json, FOLDER         a record, a saved baseline, pytest-benchmark's
                               JSON, asv's result file; all files in a folder;
                               the newest run of another home
  FOLDER@latest~1              one of the first five, within that folder
Several with commas between them are one side. Each B is compared with A.
"""


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "compare",
        help="say what differs between runs, days, commits or files of results",
        epilog=SIDES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="A", help="what to compare with: see below")
    parser.add_argument("candidates", metavar="B", nargs="*", help="what to compare; only with --by may it be left out")
    parser.add_argument(
        "--home",
        metavar="H",
        type=folder,
        help="folder of configs and results (default: $RELAYBENCH_HOME, else the desk)",
    )
    parser.add_argument(
        "--by", metavar="NAME:X,Y", help="compare two values of a parameter, or of variant, test or metric"
    )
    parser.add_argument("--metric", metavar="NAME", action="append", default=[], help="only this metric (repeatable)")
    parser.add_argument(
        "--experiment", metavar="NAME", action="append", default=[], help="only this experiment (repeatable)"
    )
    parser.add_argument("--only", choices=SHOWN, action="append", default=[], help="show only these (repeatable)")
    parser.add_argument("--sort", choices=SORTS, default="change", help="default: change, the largest first")
    parser.add_argument("--statistic", choices=STATISTICS, default="headline", help="what stands for a run")
    parser.add_argument(
        "--margin",
        metavar="PERCENT",
        type=_margin,
        default=0.01,
        help="a smaller difference is no verdict (default: 1)",
    )
    parser.add_argument("--across-machines", action="store_true", help="compare also what ran on different machines")
    parser.add_argument("--all", action="store_true", help="show every row, also of what is exactly the same")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", type=folder, help="write there instead of here")
    parser.set_defaults(run=run)


def _margin(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent < 100:
        raise argparse.ArgumentTypeError(f"from 0 to below 100 percent (found {text})")
    return percent / 100


@dataclass
class _OwnHome:
    """The home that runs without a place are looked up in, opened when the first one is."""

    named: Path | None
    _source: Source | None = field(default=None)

    def source(self) -> Source:
        if self._source is None:
            self._source = home_source(self._home())
        return self._source

    def is_there(self) -> bool:
        return self.named is not None or _desk().is_dir()

    def _home(self) -> Home:
        if self.named is not None:
            return open_home(self.named)
        if not _desk().is_dir():
            raise RelaybenchError("which home? Name it by --home or RELAYBENCH_HOME: there is no desk here, either")
        return Home(_desk(), DESK_CONFIG)


def _desk() -> Path:
    return Path.cwd() / DESK_FOLDER


def run(arguments: argparse.Namespace) -> int:
    """Print or write the comparison of A with each of the others."""
    request = _request(arguments)
    names = arguments.candidates or ([arguments.base] if request.by else [])
    if not names:
        raise RelaybenchError(f"compare: what with {arguments.base}? Name another side, or --by")
    named = arguments.home or os.environ.get("RELAYBENCH_HOME")
    own = _OwnHome(folder(str(named)) if named else None)
    base, *candidates = [choose_side(name, own.source) for name in (arguments.base, *names)]
    comparisons = [compare_sides(base, side, request, _further((base, side), own)) for side in candidates]
    _print(_formatted(comparisons, arguments.format), arguments.output)
    return 0


def _request(arguments: argparse.Namespace) -> Request:
    return Request(
        by=parse_by(arguments.by) if arguments.by else None,
        experiments=tuple(arguments.experiment),
        metrics=tuple(arguments.metric),
        only=tuple(arguments.only),
        sort=arguments.sort,
        statistic=arguments.statistic,
        margin=arguments.margin,
        across_machines=arguments.across_machines,
        whole=arguments.all,
    )


def _further(sides: Sequence[Side], own: _OwnHome) -> list[pd.DataFrame]:
    """For the file of a record, which has no other nights beside it, those of the home."""
    is_asked = any(side.source.tool == OURS and not side.source.is_home for side in sides)
    return [own.source().read("")] if is_asked and own.is_there() else []


def _formatted(comparisons: Sequence[Told], form: str) -> str:
    if form == "json":
        return comparison_json(comparisons)
    if form == "csv":
        return comparison_csv(comparisons)
    lines: Callable[[Told], Iterable[str]] = markdown_lines if form == "markdown" else text_lines
    return "\n\n".join("\n".join(lines(told)) for told in comparisons) + "\n"


def _print(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        write_text(output, text)
    except OSError as error:
        raise RelaybenchError(f"{output}: cannot be written: {reason_of(error)}") from error
    print(f"the comparison is in {output}")
