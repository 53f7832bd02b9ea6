"""Puts imported records into a home: what was measured there stays, and what is left out is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import RecordError
from ..files import json_bytes, json_object, write_if_changed, write_json
from ..history.records import Record, TestOutcome, canonical, read_record, write_record
from ..home import Home
from ..raw_samples import RawSamples
from ..raw_storage import add_raw, keep_raw
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

    A record that is already there is left when it tells as much. What the same program told of the run before stays
    beside what it tells now. Any other record is kept, with a line: nothing that was measured here is ever overwritten.
    Records come last, so that whoever was interrupted imports once more. OSError where the home cannot be written.
    """
    taken = Taken()
    chosen = [(found, raw) for record, raw in records if (found := _to_write(home, record, taken)) is not None]
    if not chosen:
        return taken
    _keep_samples(home, [entry for _, raw in chosen for entry in raw], chosen[0][0].run_id, taken)
    _tell_run(home, [record for record, _ in chosen])
    for record, _ in chosen:
        _configure(home, record)
        write_record(home.data_file(record.experiment, record.run_id), record)
        taken.measurements += len(record.measurements)
        taken.experiments.add(record.experiment)
    return taken


def _to_write(home: Home, record: Record, taken: Taken) -> Record | None:
    """The record with what is there already of it; None where nothing is to be written."""
    path = home.data_file(record.experiment, record.run_id)
    if not path.is_file():
        taken.new += 1
        return record
    there = _there(path)
    if there is None or _tool(there) is None or _tool(there) != _tool(record):
        taken.left_out.append(f"{home.shown(path)}: there is another record of this run, which stays")
        return None
    both = combined(there, record)
    if both == there:
        taken.same += 1
        return None
    taken.replaced += 1
    return both


def combined(there: Record, record: Record) -> Record:
    """What both tell, `there` itself where `record` tells nothing new; of what both tell the later word counts."""
    tests = {_test(one): one for one in there.tests} | {_test(one): one for one in record.tests}
    told = {_test(one) for one in record.tests}
    stays = [one for one in there.measurements if (one.test, canonical(one.params), one.variant) not in told]
    measurements = {one.key(): one for one in (*stays, *record.measurements)}
    both = replace(record, tests=[*tests.values()], measurements=[*measurements.values()])
    is_same = measurements == {one.key(): one for one in there.measurements} and tests == {
        _test(one): one for one in there.tests
    }
    # the file may have been moved meanwhile
    as_there = replace(both, tests=there.tests, measurements=there.measurements, extra=there.extra)
    return there if is_same and as_there == there else both


def _test(outcome: TestOutcome) -> tuple[str, str, str]:
    return outcome.test, canonical(outcome.params), outcome.variant


def _keep_samples(home: Home, samples: Sequence[RawSamples], run_id: str, taken: Taken) -> None:
    if not samples:
        return
    try:
        # the listing of a far storage takes its time, and a run that nobody told of has no samples yet
        (add_raw if _run_file(home, run_id).is_file() else keep_raw)(home, run_id, samples)
    except RecordError as error:
        taken.left_out.append(f"raw samples of {run_id}: {error}")


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


def _run_file(home: Home, run_id: str) -> Path:
    return home.run_dir(run_id) / "run.json"


def _tell_run(home: Home, records: Sequence[Record]) -> None:
    """The run among the others, unless it is one that was measured here."""
    first = records[0]
    path = _run_file(home, first.run_id)
    there = json_object(path) or {}
    if path.is_file() and IMPORTED not in there:
        return
    before = there.get("experiments")
    entries = {
        **(before if isinstance(before, dict) else {}),
        **{
            record.experiment: {"stages": {"run": "success"}, "message": "", "duration_s": record.duration_s or None}
            for record in records
        },
    }
    content = {
        "schema": 1,
        "run_id": first.run_id,
        "timestamp": first.timestamp,
        "start_time": first.start_time,
        "end_time": first.end_time,
        "seed": None,
        "order": list(entries),
        "experiments": entries,
        "machine": dict(first.machine),
        "complete": True,
        IMPORTED: _tool(first),
    }
    write_if_changed(path, json_bytes(content))
