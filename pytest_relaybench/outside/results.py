"""A run that another program measured, as its file tells of it."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import RecordError, brief
from ..files import read_regular
from ..history.records import Direction, Statistics, canonical, describe
from ..history.table import COLUMNS

OUTSIDE_COLUMNS = [*COLUMNS, "version"]
STATISTICS = ("mean", "median", "std", "min", "max", "ci_low", "ci_high")
UNKNOWN = math.nan
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class OutsideResult:
    """One metric of one benchmark with one set of parameters.

    `value` is what the program itself calls the result, NaN where there is none, which `note` then explains. `stats`
    may hold NaN for what the file does not tell. `version` changes when the benchmark's code does.
    """

    experiment: str
    test: str
    params: Mapping[str, Any]
    metric: str
    unit: str
    direction: Direction
    value: float
    stats: Statistics | None = None
    samples: tuple[float, ...] = ()
    note: str = ""
    version: str = ""
    deterministic: bool = False


@dataclass(frozen=True)
class OutsideRun:
    """All results of one file. `headline` names the statistic that `value` is; `machine` and `variant` are texts.

    `committed` is when the measured code came to be, where the program orders its history by that.
    """

    tool: str
    name: str
    began: datetime
    machine: str
    machine_facts: Mapping[str, Any]
    variant: str
    commit: str | None
    headline: str
    results: tuple[OutsideResult, ...]
    committed: datetime | None = None

    def frame(self) -> pd.DataFrame:
        """One row a result, with the columns of `Table.frame` and `version`."""
        return pd.DataFrame([self._row(result) for result in self.results], columns=OUTSIDE_COLUMNS)

    def _row(self, result: OutsideResult) -> dict[str, Any]:
        stats = result.stats
        return {
            "run_id": self.name,
            "timestamp": pd.Timestamp(self.began),
            "machine": self.machine,
            "variant": self.variant,
            "tvm_hash": self.commit,
            "params": canonical(result.params),
            "derived": False,
            "artifact": "",
            "ran_on": "",
            **{
                name: getattr(result, name)
                for name in ("experiment", "test", "metric", "unit", "direction", "value", "note", "version")
            },
            "deterministic": result.deterministic,
            "n": stats.n if stats else 0,
            **{name: getattr(stats, name) if stats else UNKNOWN for name in STATISTICS},
        }


def statistics_of(samples: Sequence[float], told: Mapping[str, float | None], n: int) -> Statistics:
    """Of the samples where the file has them; else what it tells, NaN for the rest."""
    if samples and all(math.isfinite(sample) for sample in samples):
        return describe(samples)
    return Statistics(n=max(n, 1), **{name: _finite(told.get(name)) for name in STATISTICS})


def _finite(value: float | None) -> float:
    return float(value) if value is not None and math.isfinite(value) else UNKNOWN


@contextmanager
def damage_told(path: Path, program: str) -> Iterator[None]:
    """Whatever a reader stumbles over in a damaged file becomes a RecordError that names it."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OSError, OverflowError) as error:
        told = f"{path}: not a readable file of {program}: {type(error).__name__}: {brief(error)}"
        raise RecordError(told) from error


def moment_of(text: str) -> datetime:
    """A time in ISO 8601; without a zone it is taken for UTC. ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def json_file(path: Path) -> Any:
    """What the file holds, packed with gzip or not, NaN and infinity allowed; RecordError where it is no JSON."""
    try:
        content = read_regular(path)
        return json.loads(gzip.decompress(content) if content.startswith(GZIP_MAGIC) else content)
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise RecordError(f"{path}: not readable as JSON: {brief(error)}") from error
