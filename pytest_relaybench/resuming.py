"""`--resume`: a night that was cut short goes on where it stopped, and measures nothing again that is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

import pytest

from .collection import PrecheckItem, experiment_of, params_of, test_name
from .confirming.outcomes import ENTRY as CONFIRMATION
from .errors import HomeError, MeasurementError, RecordError
from .history import journal as entries
from .history.building import build_record
from .history.journal import (
    BEGIN,
    END,
    EXPERIMENT_END,
    JOURNAL_SCHEMA,
    Entry,
    experiment_starts,
    is_finished,
    read_journal,
)
from .history.records import Telemetry, canonical
from .history.sittings import DONE, Unfinished, has_ended, run_seconds, seconds_of
from .history.status import read_status
from .home import Home
from .machine import machine_facts, versions
from .pipeline import AFTER_TESTS, STAGES, pass_through, status_file
from .setup_key import source_key
from .stages.run import keep_record
from .state import ExperimentNight, Night, TestState
from .telemetry.nightly import seen
from .telemetry.samples import file_of
from .times import Stopwatch, from_iso
from .unkept import refusal

StateOf = Callable[[pytest.Item], TestState]
DAMAGE = (LookupError, TypeError, ValueError, AttributeError, MeasurementError)  # in what a journal may hold
NOTHING = "there is nothing to resume"


def find_unfinished(home: Home) -> Unfinished:
    """The home's newest run, when it did not come to its end; raises HomeError, in one line, when it did.

    A run that somebody interrupted has not. One whose results a later run has recovered is past. The home is locked.
    """
    for path in sorted((home.results / "runs").glob("*/journal.jsonl"), reverse=True):
        try:
            found = read_journal(path)
        except OSError as error:
            raise HomeError(f"{refusal(error, home.shown)}: the newest run's journal cannot be read") from None
        if found and found[0]["kind"] == BEGIN:
            return _checked(home, Unfinished(path.parent.name, path, found))
    raise HomeError(f"{home.root}: {NOTHING}: the home has no run")


def _checked(home: Home, run: Unfinished) -> Unfinished:
    """The run, when it may go on here and now."""
    begin = run.beginning
    ended = is_finished(run.entries)
    end = [entry for entry in run.entries if entry["kind"] == END][-1] if ended else {}
    if ended and not end.get("interrupted"):
        when = f"ended {end.get('time', '')}".rstrip()
        told = f"was recovered by {end['recovered_by']}" if "recovered_by" in end else when
        raise HomeError(f"{home.root}: {NOTHING}: the newest run, {run.run_id}, {told}")
    if begin.get("schema") != JOURNAL_SCHEMA:
        raise HomeError(f"{home.shown(run.path)}: the schema {begin.get('schema')!r} is unknown to this version")
    try:
        for name in run.experiments:
            build_record(run.entries, name)  # as it will be made: what is not there now is not there then
        difference = _difference(begin)
    except DAMAGE as error:
        raise _damaged(run, error) from None
    if difference:
        raise HomeError(f"{home.root}: the run {run.run_id} cannot be resumed: {difference}")
    return run


def _damaged(run: Unfinished, error: Exception) -> HomeError:
    told = f"{run.path}: the run cannot be resumed, its journal is damaged: {type(error).__name__}: {error}"
    return HomeError(told.splitlines()[0])


def _difference(begin: Entry) -> str:
    """Why numbers of this session may not stand beside those of the run, "" when they may."""
    machine, here = begin["machine"]["id"], machine_facts()["id"]
    if machine != here:
        return f"it was measured on the machine {machine}, and this is {here}"
    before, now = begin["versions"], versions()
    for package in sorted({*before, *now}):
        if before.get(package) != now.get(package):
            return f"it was measured with {package} {before.get(package, '')}, and here is {now.get(package, 'none')}"
    return ""


def adopt(night: Night, run: Unfinished) -> None:
    """Make the night the run's own: its id, its beginning, its seed; raises HomeError when its journal is damaged."""
    try:
        night.run_id, night.seed = run.run_id, int(run.beginning["seed"])
        night.began = from_iso(run.beginning["timestamp"])
        night.clock = Stopwatch(run_seconds(run.entries))
    except DAMAGE as error:
        raise _damaged(run, error) from None
    night.unfinished = run


def take_up(night: Night, items: Iterable[pytest.Item], state_of: StateOf) -> list[pytest.Item]:
    """Put what the run's journal has into the night; returns the tests that need not run.

    `state_of` tells the build on which an item would run now. The run has begun again: its statuses are forgotten.
    HomeError when the journal is damaged, OSError when it cannot be written.
    """
    run = night.unfinished
    assert run is not None
    try:
        return _take_up(night, run, items, state_of)
    except DAMAGE as error:
        raise _damaged(run, error) from None


def _take_up(night: Night, run: Unfinished, items: Iterable[pytest.Item], state_of: StateOf) -> list[pytest.Item]:
    selected: dict[str, list[pytest.Item]] = {}
    for item in items:
        name = experiment_of(item)
        if name is not None and not isinstance(item, PrecheckItem):
            selected.setdefault(name, []).append(item)
    starts, kept = experiment_starts(run.path), []
    for name in run.experiments:
        entry = night.experiments.get(name) or _absent(night, name, run.of(name)[0])
        entry.journal_start, entry.clock = starts.get(name, 0), Stopwatch(seconds_of(run.entries, name))
        reason = _reason_to_start_anew(entry, run.of(name)) if name in selected else ""
        if reason:
            night.notes.append(f"{name} is measured anew: {reason} since the run {run.run_id} began")
            entry.is_anew, entry.journal_start, entry.clock = True, 0, Stopwatch()
            file_of(night.home, name, night.run_id).unlink(missing_ok=True)  # what was sampled does not count either
            continue
        kept += _go_on(night, entry, run.of(name), selected.get(name, []), state_of)
    looked_into = _looked_into(run)
    night.resumed = [item for item in kept if _measured_as(item) not in looked_into]
    there = sum(len(night.experiments[name].tests) for name in run.experiments)
    total = there + sum(map(len, selected.values())) - len(kept)
    night.notes.insert(0, f"resuming run {run.run_id}: {there} of {total} tests are there")
    return kept


def _looked_into(run: Unfinished) -> set[tuple[Any, ...]]:
    """The tests whose suspects were measured again in an earlier sitting: once is enough."""
    found = ((one["experiment"], one["found"]) for one in run.standing if one["kind"] == CONFIRMATION)
    return {(name, told["test"], canonical(told["params"])) for name, told in found}


def _measured_as(item: pytest.Item) -> tuple[Any, ...]:
    return experiment_of(item), test_name(item), canonical(params_of(item))


def _absent(night: Night, name: str, head: Entry) -> ExperimentNight:
    """An experiment of the run that this session has not collected: it stays as it is recorded."""
    entry = night.experiments[name] = ExperimentNight(name, head["title"], None)
    for stage in STAGES:
        try:
            status = read_status(status_file(night, entry, stage))
        except RecordError:
            continue
        if status is not None and status.run_id == night.run_id:
            entry.statuses[stage.name] = status
    return entry


def _reason_to_start_anew(entry: ExperimentNight, own: Sequence[Entry]) -> str:
    """What is no more as it was when the earlier sitting measured, "" when all is."""
    head = [one for one in own if one["kind"] == entries.EXPERIMENT][-1]
    assert entry.experiment is not None
    assert entry.path is not None
    if head.get("source") != source_key(entry.path):
        return "its source changed"
    return "" if head["config"] == json.loads(json.dumps(entry.experiment.config_json())) else "its config changed"


def _go_on(
    night: Night, entry: ExperimentNight, own: Sequence[Entry], items: Sequence[pytest.Item], state_of: StateOf
) -> list[pytest.Item]:
    """Fill in what was measured of an experiment; returns those of its tests that need not run."""
    before = {one["nodeid"]: one for one in own if one["kind"] == entries.TEST}
    kept = [item for item in items if item.nodeid in before and stands(before[item.nodeid], state_of(item))]
    to_run = {item.nodeid for item in items} - {item.nodeid for item in kept}
    moved = [nodeid for nodeid in to_run if before.get(nodeid, {}).get("outcome") in DONE]
    if moved:
        night.notes.append(f"{entry.name}: measured again on another TVM build than before: {len(moved)} of its tests")
    standing = [one for nodeid, one in before.items() if nodeid not in to_run]
    entry.tests = [_state(one) for one in standing]
    entry.comparisons = [two for one in standing for two in (one.get("measured") or {}).get("comparisons", [])]
    heads = [one["selected"] for one in own if one["kind"] == entries.EXPERIMENT]
    entry.selected = max(*heads, len(entry.tests) + len(to_run))
    entry.started = from_iso(own[0]["time"])
    if not to_run:
        close(night, entry)
    return kept


def stands(before: Entry, now: TestState) -> bool:
    """Whether a test's result stands, if it would run on the builds of `now`: not on others than before."""
    if before["outcome"] not in DONE:
        return False
    if now.compared and before.get("compared"):
        return bool(now.compared == before["compared"])
    # no build: the test uses none, or its build cannot be made, and what was measured stays
    return now.variant is None or now.tvm_hash == before["tvm_hash"]


def _state(test: Entry) -> TestState:
    told = {field.name: test[field.name] for field in fields(TestState) if field.name in test}
    return TestState(**{**told, "measured": None})


def close(night: Night, entry: ExperimentNight) -> None:
    """Decide set-up and run of an experiment of which this session has run nothing, and see to its record.

    It ended when the earlier sitting left it. OSError when the journal cannot be written.
    """
    assert night.journal is not None
    assert night.unfinished is not None
    own = night.unfinished.of(entry.name)
    last = next(one for one in reversed(own) if one["kind"] in {entries.EXPERIMENT, entries.TEST, EXPERIMENT_END})
    told = [one["telemetry"] for one in own if "telemetry" in one]
    entry.ended = from_iso(last["time"])
    entry.telemetry = Telemetry(**told[-1]) if told and has_ended(own) else seen(night.home, entry.name, night.run_id)
    if not has_ended(own):
        watched = {"telemetry": asdict(entry.telemetry)} if entry.telemetry else {}
        night.journal.write(EXPERIMENT_END, experiment=entry.name, time=last["time"], **watched)
    if "run" not in entry.statuses:
        pass_through(AFTER_TESTS, night, entry)
    if "run" not in entry.statuses and any(test.metrics for test in entry.tests):
        keep_record(night, entry)  # its precheck fails today, which takes nothing away from what it measured
