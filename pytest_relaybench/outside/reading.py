"""Any file of results that another program wrote, told apart by what is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .asv import is_asv, read_asv
from .google_benchmark import is_google_benchmark, read_google_benchmark
from .pyperf import is_pyperf, read_pyperf
from .pytest_benchmark import is_pytest_benchmark, read_pytest_benchmark
from .results import OutsideRun, json_file

KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Path], OutsideRun]], ...] = (
    (is_pytest_benchmark, read_pytest_benchmark),
    (is_asv, read_asv),
    (is_google_benchmark, read_google_benchmark),
    (is_pyperf, read_pyperf),
)
KNOWN = "JSON of pytest-benchmark, Google Benchmark and pyperf, asv's result files"
SUFFIXES = (".json", ".json.gz")
NOT_RESULTS = frozenset({"benchmarks.json", "machine.json"})  # what asv keeps beside results


def read_outside(path: Path) -> OutsideRun | None:
    """The run in the file, None when it is of none of these programs.

    Raises RecordError, naming the file, when it is no JSON, or is one of theirs and damaged.
    """
    content = json_file(path)
    return next((read(path) for is_theirs, read in KINDS if is_theirs(content)), None)


def result_files(place: Path) -> list[Path]:
    """The file itself, or every file below the folder that may hold results, by path."""
    if not place.is_dir():
        return [place]
    found = (path for path in place.rglob("*") if path.is_file() and path.name.endswith(SUFFIXES))
    return sorted(path for path in found if path.name not in NOT_RESULTS)
