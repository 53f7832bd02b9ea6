"""Puts imported records into a home: what was measured there stays, and what is left out is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import RecordError
from ..files import write_json
from ..history.records import Record, read_record, write_record
from ..home import Home
from ..raw_samples import RawSamples
from ..raw_storage import keep_raw
from .outside_records import IMPORTED


@dataclass
class Taken:
    """What an import came to: counts of records, and a line for everything that was left out."""

    new: int = 0
    same: int = 0
    replaced: int = 0
    measurements: int = 0
    scores: int = 0
    telemetry: int = 0
    left_out: list[str] = field(default_factory=list)
    experiments: set[str] = field(default_factory=set)

    def add(self, other: Taken) -> None:
        """Count both."""
        self.new += other.new
        self.same += other.same
        self.replaced += other.replaced
        self.measurements += other.measurements
        self.scores += other.scores
        self.telemetry += other.telemetry
        self.left_out += other.left_out
        self.experiments |= other.experiments


def take_in(home: Home, records: Sequence[tuple[Record, Sequence[RawSamples]]]) -> Taken:
    """Write the records of one run, its `run.json`, its raw samples, and inactive configs for new experiments.

    A record that is already there is left when it is equal, replaced when it was imported by the same program, and
    otherwise kept, with a line: nothing that was measured here is ever overwritten.
    """
    taken = Taken()
    samples: list[RawSamples] = []
    for record, raw in records:
        if _take_record(home, record, taken):
            samples += raw
    if not records or not (taken.new or taken.replaced):
        return taken
    run_id = records[0][0].run_id
    if samples:
        keep_raw(home, run_id, samples)
    _tell_run(home, [record for record, _ in records])
    return taken


def _take_record(home: Home, record: Record, taken: Taken) -> bool:
    """Whether the record was written."""
    path = home.data_file(record.experiment, record.run_id)
    if path.is_file():
        there = _there(path)
        if there == record:
            taken.same += 1
            return False
        if there is None or _tool(there) is None or _tool(there) != _tool(record):
            taken.left_out.append(f"{home.shown(path)}: there is another record of this run, which stays")
            return False
        taken.replaced += 1
    else:
        taken.new += 1
    write_record(path, record)
    taken.measurements += len(record.measurements)
    taken.experiments.add(record.experiment)
    _configure(home, record)
    return True


def _there(path: Path) -> Record | None:
    try:
        return read_record(path)
    except RecordError:
        return None


def _tool(record: Record) -> str | None:
    told = record.extra.get(IMPORTED)
    return str(told.get("tool")) if isinstance(told, Mapping) else None


def _configure(home: Home, record: Record) -> None:
    """Pages and comparisons are of experiments that the home has: one that no module measures is inactive."""
    config = home.exp_config_file(record.experiment)
    if not config.is_file():
        told = f"imported from {_tool(record)}; no module here measures it"
        title = record.title or record.experiment
        write_json(config, {"active": False, "title": title, "description": told})


def _tell_run(home: Home, records: Sequence[Record]) -> None:
    """The run among the others, unless it is one that was measured here."""
    first = records[0]
    path = home.run_dir(first.run_id) / "run.json"
    if path.is_file():
        return
    entries = {
        record.experiment: {"stages": {"run": "success"}, "message": "", "duration_s": record.duration_s or None}
        for record in records
    }
    content = {
        "schema": 1,
        "run_id": first.run_id,
        "timestamp": first.timestamp,
        "start_time": first.start_time,
        "end_time": first.end_time,
        "seed": None,
        "order": [record.experiment for record in records],
        "experiments": entries,
        "machine": dict(first.machine),
        "complete": True,
        "imported": _tool(first),
    }
    write_json(path, content)
