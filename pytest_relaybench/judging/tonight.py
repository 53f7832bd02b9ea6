"""What a run knows beside its measurements: its machine, how its tests ended, what it was asked to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from ..errors import RecordError
from ..files import json_object
from ..history.layout import machine_of
from ..history.records import Record, TestOutcome, canonical, read_record
from ..home import Home

LOOKED_BACK = 100  # runs: further back, nobody asks whether a series was to be measured


@dataclass(frozen=True)
class ExperimentTonight:
    """One experiment in the run; `failed` says at which stage and why it failed before any of its tests ran."""

    tests: Sequence[TestOutcome] = ()
    complete: bool = True  # every test that it was to run has run
    failed: str = ""
    compared: frozenset[str] = frozenset()  # the variants, where it did nothing but compare two

    def test_of(self, test: str, params: str, variant: str) -> TestOutcome | None:
        """How the test of a series ended, None where it is not among them; `params` are canonical JSON."""
        return self._by_key.get((test, params, variant))

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str], TestOutcome]:
        return {(one.test, canonical(one.params), one.variant): one for one in self.tests}


@dataclass(frozen=True)
class Tonight:
    """One run: the machine's id, its experiments, and whether it was asked for some of their tests only."""

    run_id: str
    machine: str
    experiments: Mapping[str, ExperimentTonight] = field(default_factory=dict)
    is_selection: bool = False
    selections: frozenset[str] = frozenset()  # earlier runs that were asked for some tests only


def tonight_of(home: Home, run_id: str) -> Tonight:
    """The run as its files tell it, for who comes after it."""
    run = json_object(home.run_dir(run_id) / "run.json") or {}
    known, facts = _mapping(run.get("experiments")), _mapping(run.get("machine"))
    names = sorted({*known, *_measured(home, run_id)})
    records = {name: _record(home, name, run_id) for name in names}
    machine = facts.get("id") or next((machine_of(r) for r in records.values() if r), "")
    told = {name: _told(record, _mapping(known.get(name))) for name, record in records.items()}
    experiments = {name: experiment for name, experiment in told.items() if experiment}
    return Tonight(run_id, str(machine), experiments, bool(run.get("is_selection")), selections_before(home, run_id))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def selections_before(home: Home, run_id: str) -> frozenset[str]:
    """The newest runs before this one that were asked for some of the tests only, or to compare two builds."""
    before = (path for path in (home.results / "runs").glob("*/run.json") if path.parent.name < run_id)
    told = ((path.parent.name, json_object(path) or {}) for path in sorted(before, reverse=True))
    # years that were imported stand between: they are no nights of ours
    own = islice(((run, content) for run, content in told if not content.get("imported")), LOOKED_BACK)
    return frozenset(run for run, content in own if content.get("is_selection") or content.get("compares"))


def compared_variants(extra: Mapping[str, object]) -> frozenset[str]:
    """The variants that a record's `extra` says were compared."""
    told = extra.get("comparisons", ())
    assert isinstance(told, Sequence)
    return frozenset(str(entry[side]) for entry in told for side in ("base", "candidate") if side in entry)


def _measured(home: Home, run_id: str) -> list[str]:
    return [path.parent.name for path in (home.results / "experiments" / "data").glob(f"*/data_{run_id}.json")]


def _record(home: Home, name: str, run_id: str) -> Record | None:
    try:
        return read_record(home.data_file(name, run_id))
    except RecordError:
        return None


def _told(record: Record | None, run: Mapping[str, object]) -> ExperimentTonight | None:
    if record is not None:
        return ExperimentTonight(record.tests, record.complete, "", compared_variants(record.extra))
    stages = run.get("stages")
    failed = next((s for s, word in stages.items() if word == "failed"), "") if isinstance(stages, Mapping) else ""
    return ExperimentTonight(failed=f"failed at {failed}: {run.get('message', '')}") if failed else None
