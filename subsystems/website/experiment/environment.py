"""What the values were measured with, since when it is as it is, and what changed in it since the run before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.records import Record, read_record
from pytest_relaybench.machine import FINGERPRINT
from pytest_relaybench.render.format import day_text, hash_text, run_time

from ..experiments import Experiment
from ..templates import fact_rows
from .settings import differing
from .since import Fact, Facts, States, states_of

SOURCE = "source"  # the hash of the experiment's own sources, which records keep among the versions
SOURCE_WORDS = "the experiment's source"
HASH_DIGITS = 12


@dataclass(frozen=True)
class Row:
    """One thing in words: `since` a day, `before` what it was until then; both may be empty."""

    name: str
    value: str
    since: str = ""
    before: str = ""


@dataclass(frozen=True)
class Environment:
    """Tables by caption, and what differs from the record before, which is of the day `before`; empty without one."""

    tables: Mapping[str, Sequence[Row]]
    changes: Sequence[str]
    before: str
    unchanged_since: str  # the first day of the present state

    @property
    def words(self) -> str:
        """Where nothing changed: since when, as far as is known."""
        if not self.before:
            return "no run before this one is known"
        return f"nothing changed since {self.unchanged_since}"


def environment_of(dashboard: Dashboard, experiment: Experiment) -> Environment | None:
    """None for an experiment that has no record."""
    record = experiment.record
    if record is None:
        return None
    records = dashboard.table.records(experiment=experiment.name)
    records = records[records["run_id"] <= record.run_id].sort_values("run_id")
    versions, machine = _states(records, "versions"), _machines(records)
    builds = _builds(experiment.measured.builds, record.run_id)
    former = _record_before(dashboard, record)
    changes = [change for states in (builds, versions, machine) for change in _changed(states, record.run_id)]
    told = [*changes, *_packages(versions), *(differing(former.config, record.config) if former else ())]
    tables = {
        "TVM by variant": _rows(builds) or _own_build(record),
        "Versions": _rows(versions),
        "Machine": _machine_rows(record, machine),
    }
    since = max((fact.since for states in (builds, versions, machine) for fact in states.facts), default="")
    return Environment(
        tables={caption: rows for caption, rows in tables.items() if rows},
        changes=told,
        before=day_text(run_time(former.run_id)) if former else "",
        unchanged_since=day_text(run_time(since)),
    )


@lru_cache(maxsize=512)  # nights say the same thing again and again
def _parsed(text: str) -> Facts:
    content = json.loads(text)
    return content if isinstance(content, dict) else {}


def _states(records: pd.DataFrame, column: str) -> States:
    return states_of((str(run), _parsed(text)) for run, text in zip(records["run_id"], records[column], strict=True))


def _machines(records: pd.DataFrame) -> States:
    """The fingerprint of each run's machine, and which machine it was."""
    columns = (records[name].tolist() for name in ("run_id", "fingerprint", "machine"))
    return states_of((run, {**_parsed(text), "machine": machine}) for run, text, machine in zip(*columns, strict=True))


def _builds(known: pd.DataFrame, run_id: str) -> States:
    """The build of each variant in each run up to `run_id`; a night that measured none of a variant knows none."""
    nights: dict[str, dict[str, str]] = {}
    for run, variant, tvm_hash in known[known["run_id"] <= run_id].itertuples(index=False, name=None):
        nights.setdefault(run, {})[variant] = tvm_hash
    return states_of(nights.items())


def _record_before(dashboard: Dashboard, record: Record) -> Record | None:
    """The newest readable one that is older."""
    newest = dashboard.home.data_file(record.experiment, record.run_id).name
    for path in reversed(dashboard.record_files(record.experiment)):
        if path.name < newest:
            try:
                return read_record(path)
            except RecordError:
                continue
    return None


def _changed(states: States, run_id: str) -> Iterator[str]:
    """`torch 2.12.0 → 2.13.0` for everything that the run changed."""
    for fact in states.facts:
        if fact.since == run_id and fact.before is not None:
            row = _row(fact)
            yield f"{row.name} {row.before} → {_shown(fact.name, fact.value)}"


def _packages(versions: States) -> Iterator[str]:
    """Packages that came or went with the newest run."""
    for name, value in versions.appeared.items():
        if name != SOURCE:  # older programs did not keep it
            yield f"{name} {value} is new"
    for name, value in versions.gone.items():
        if name != SOURCE:
            yield f"{name} {value} is gone"


def _rows(states: States) -> list[Row]:
    return [_row(fact) for fact in states.facts]


def _row(fact: Fact) -> Row:
    name = SOURCE_WORDS if fact.name == SOURCE else fact.name
    value = fact.value[:HASH_DIGITS] if fact.name == SOURCE else str(fact.value)
    before = "" if fact.before is None else _shown(fact.name, fact.before)
    return Row(name, value, fact.since_day, before)


def _shown(name: str, value: object) -> str:
    """A value where there is little room."""
    return str(value)[:HASH_DIGITS] if name == SOURCE else hash_text(str(value))


def _own_build(record: Record) -> list[Row]:
    """The experiment's own, where no measurement tells of any."""
    return [Row("tvm_hash", record.tvm_hash)] if record.tvm_hash else []


def _machine_rows(record: Record, states: States) -> list[Row]:
    """Every fact of the record's machine; since when, where nights keep it."""
    kept = {fact.name: fact for fact in states.facts}
    words = {**FINGERPRINT, "id": "machine"}
    rows = []
    for name, value in fact_rows(record.machine):
        fact = kept.get(words.get(name, ""))
        row = _row(fact) if fact else Row("", "")
        rows.append(Row(name, value, row.since, row.before))
    return rows
