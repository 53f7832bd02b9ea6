"""A home with made nights of a few series, and the verdicts on one of them as judging gives them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from pytest_relaybench.files import write_json
from pytest_relaybench.history.layout import frame_of
from pytest_relaybench.history.records import Measurement, Record, canonical, describe, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.judging.verdicts import VERDICT_COLUMNS, MachineEvent, Verdicts

FIRST = datetime(2026, 11, 1, 3, 0, 0, tzinfo=UTC)
MACHINE = "5d2f0a1b9c3e"


def run_of(night: int) -> str:
    """The run of a night, counted from 0, which is the first of November."""
    return f"{FIRST + timedelta(days=night):%Y%m%dT%H%M%S.%f}Z"


def at_noon(night: int) -> datetime:
    """When people read of it."""
    return FIRST + timedelta(days=night, hours=9)


@dataclass(frozen=True, eq=False)  # a key of the values it has
class Series:
    """One made series; `params` in any order."""

    experiment: str = "nets"
    test: str = "test_infer"
    params: Mapping[str, Any] = field(default_factory=lambda: {"network": "resnet-18", "device": "cpu"})
    metric: str = "time"
    variant: str = "installed"
    unit: str = "s"
    direction: str = "lower"

    @property
    def key(self) -> tuple[str, ...]:
        """As SERIES_COLUMNS name it."""
        return self.experiment, self.test, canonical(self.params), self.metric, self.variant, MACHINE

    def row(self, night: int, kind: str = "same", **evidence: Any) -> dict[str, Any]:
        """The verdict of a night on it."""
        columns = dict(zip(("experiment", "test", "params", "metric", "variant", "machine"), self.key, strict=True))
        usual = {
            **columns,
            **dict.fromkeys(("previous_run_id", "since", "seen", "tvm_hash", "hash_before", "hash_after")),
            **dict.fromkeys(("value", "previous", "ratio", "level_ratio", "level_low", "level_high", "p"), math.nan),
            **dict.fromkeys(("reason", "artifact_before", "artifact_after", "confirmed"), ""),
            "unit": self.unit,
            "direction": self.direction,
            "derived": False,
            "deterministic": False,
            "run_id": run_of(night),
            "timestamp": FIRST + timedelta(days=night),
            "kind": kind,
        }
        return {**usual, **evidence}

    def slower(self, night: int, since: int, ratio: float = 1.1, **evidence: Any) -> dict[str, Any]:
        """A verdict for the worse that began in the night `since`."""
        found = {"level_ratio": ratio, "level_low": ratio - 0.01, "level_high": ratio + 0.01, "since": run_of(since)}
        return self.row(night, "slower", **found, seen=run_of(night), **evidence)

    def faster(self, night: int, since: int, ratio: float = 0.9) -> dict[str, Any]:
        """A verdict for the better that began in the night `since`."""
        return self.row(night, "faster", since=run_of(since), level_ratio=ratio)


def verdicts(night: int, *rows: Mapping[str, Any], events: Sequence[MachineEvent] = ()) -> Verdicts:
    """What judging says of a night."""
    return Verdicts(run_of(night), pd.DataFrame(list(rows), columns=VERDICT_COLUMNS), tuple(events))


def make_home(root: Any) -> Home:
    """A home without nights."""
    write_json(root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    return open_home(root)


@dataclass
class MadeTable:
    """The rows of records that no disk has seen: what incidents ask of a table is its frame."""

    rows: list[pd.DataFrame] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """As the tidy table gives them."""
        return pd.concat(self.rows, ignore_index=True).sort_values("run_id", kind="stable")


MADE: dict[Path, MadeTable] = {}  # the nights of each made home


def make_nights(
    home: Home, values: Mapping[Series, Sequence[float]], hashes: Sequence[str | None] = (), first: int = 0
) -> Any:
    """As `write_nights`, but only the table, with what was made for this home before."""
    table = MADE.setdefault(home.root, MadeTable())
    table.rows += [frame_of(record) for record in _records(values, hashes, first)]
    return table


def write_nights(
    home: Home, values: Mapping[Series, Sequence[float]], hashes: Sequence[str | None] = (), first: int = 0
) -> Table:
    """Records in which each series has these values, a night each from `first` on; NaN is a night without it."""
    for record in _records(values, hashes, first):
        write_record(home.data_file(record.experiment, record.run_id), record)
    table = Table(home)
    table.refresh()
    return table


def _records(values: Mapping[Series, Sequence[float]], hashes: Sequence[str | None], first: int) -> Iterator[Record]:
    nights = max(map(len, values.values()))
    for offset in range(nights):
        tvm_hash = hashes[offset] if hashes else None
        by_experiment: dict[str, list[Measurement]] = {}
        for series, levels in values.items():
            if offset < len(levels) and not math.isnan(levels[offset]):
                by_experiment.setdefault(series.experiment, []).append(_measured(series, levels[offset], tvm_hash))
        for experiment, measured in by_experiment.items():
            yield _record(experiment, first + offset, measured, tvm_hash)


def _measured(series: Series, value: float, tvm_hash: str | None) -> Measurement:
    stats = describe([value])
    direction: Any = series.direction
    return Measurement(
        series.test, series.params, series.metric, series.unit, direction, stats, value, series.variant, tvm_hash
    )


def _record(experiment: str, night: int, measured: Sequence[Measurement], tvm_hash: str | None) -> Record:
    began = (FIRST + timedelta(days=night)).isoformat()
    return Record(
        run_id=run_of(night), timestamp=began, experiment=experiment, title="", start_time=began, end_time=began,
        duration_s=1.0, tvm_hash=tvm_hash, machine={"id": MACHINE}, versions={}, config={}, seed=1, position=1,
        tests=[], measurements=measured,
    )  # fmt: skip
