"""Run: the tests themselves, and the record of what they measured."""

from __future__ import annotations

from ..confirming.outcomes import KEY
from ..history.artifacts import keep_artifacts
from ..history.building import build_record
from ..history.journal import read_journal
from ..history.kept import has_all, with_extra_of
from ..history.records import write_record
from ..raw_storage import shown_raw
from ..state import ExperimentNight, Night, TestState
from ..times import clock_text, iso
from .outcome import Outcome, counted

MOST_NAMED = 5


def run(night: Night, entry: ExperimentNight) -> Outcome:
    """Write the record of what passed, then judge the tests: each must pass or be skipped, and one must have measured.

    The record is written whatever the judgement, so that one failing test costs its own measurements only.
    """
    measured = sum(1 for test in entry.tests if test.metrics)
    if measured:
        keep_record(night, entry)
    extra = {
        "start_time": iso(entry.started) if entry.started else None,
        "end_time": iso(entry.ended) if entry.ended else None,
        "time_delta": clock_text(entry.duration_s),
    }
    problem = _problem(night, entry, measured)
    message = problem or f"{counted(len(entry.tests), 'test')} ran, {measured} measured"
    return Outcome(success=problem is None, message=message, duration_s=entry.duration_s, extra=extra)


def keep_record(night: Night, entry: ExperimentNight) -> None:
    """Write the record of what the journal has of the experiment."""
    assert night.journal is not None
    entry.is_recorded = False
    raw = shown_raw(night.home, night.run_id) if night.keeps_house else ""
    read = read_journal(night.journal.path, entry.journal_start)
    entries = [night.beginning, *read]
    record = build_record(entries, entry.name, raw_data=raw)
    path = night.home.data_file(entry.name, night.run_id)
    if night.unfinished and not entry.is_anew:
        record = with_extra_of(path, record, KEY)
    # what an earlier sitting has derived stays where no analysis follows that does it again
    if _is_analyzed(entry) or not has_all(path, record):
        write_record(path, record)
    entry.is_recorded = True
    if not night.keeps_house:
        return
    try:
        keep_artifacts(night.home, read)
    except OSError as error:
        night.notes.append(f"{entry.name}: what its artifacts are made of is not kept: {error}")


def _is_analyzed(entry: ExperimentNight) -> bool:
    """Whether the experiment may come to its analysis tonight: it has tests to run, or had, and was found in order."""
    return bool(entry.position) and "setup" in entry.statuses


def _problem(night: Night, entry: ExperimentNight, measured: int) -> str | None:
    failed = [test for test in entry.tests if test.outcome == "failed"]
    if failed:
        return f"{len(failed)} of {counted(len(entry.tests), 'test')} failed: {_named(failed)}"
    if entry.is_interrupted:
        return f"stopped after {len(entry.tests)} of {counted(entry.selected, 'test')}"
    if measured or not entry.tests or not night.times:
        return None
    skipped = [test for test in entry.tests if test.outcome == "skipped"]
    if len(skipped) == len(entry.tests):
        return f"nothing was measured: all {counted(len(skipped), 'test')} skipped: {skipped[0].message}"
    return "nothing was measured: no test used `bench`"


def _named(tests: list[TestState]) -> str:
    lines = [f"{test.nodeid.partition('::')[2]}: {test.message}" for test in tests[:MOST_NAMED]]
    more = [f"and {len(tests) - MOST_NAMED} more"] if len(tests) > MOST_NAMED else []
    return "\n".join([*lines, *more])
