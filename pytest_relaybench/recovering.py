"""What earlier runs had measured when they were killed: made into records by the run that comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .confirming.outcomes import KEY
from .damage import few
from .errors import RecordError, RelaybenchError, brief
from .history import journal as entries
from .history.artifacts import keep_artifacts
from .history.building import build_record, experiments_in
from .history.journal import Entry, Journal, ends_finished, is_finished, of_experiment, read_journal
from .history.kept import has_all, with_extra_of
from .history.records import write_readable
from .home import SENTINELS, Home
from .raw_storage import keep_raw, samples_in, shown_raw
from .resuming import DAMAGE
from .state import Night
from .telemetry.nightly import seen
from .times import iso, utc_now

FIRST = b'{"kind": "begin"'  # how a journal's first line begins


def recover(night: Night) -> list[str]:
    """Make records of what earlier runs had finished when they were killed; return a line for each such run.

    The home is locked, so a journal without an end belongs to a run that is no more.
    """
    lines = []
    for path in sorted((night.home.results / "runs").glob("*/journal.jsonl")):
        if night.unfinished and path.parent.name == night.run_id:
            continue
        try:
            lines += _recovered(night, path)
        except Exception as error:  # noqa: BLE001, a damaged journal may hold anything, and must not end the night
            lines.append(f"{night.home.shown(path)}: cannot be recovered: {type(error).__name__}: {brief(error)}")
    is_told = any(night.left_by in line for line in lines)
    return few(lines) if is_told else [*few(lines), *_killed_unseen(night)]


def _killed_unseen(night: Night) -> list[str]:
    """The line on the run that held the home last and did not let it go, where its journal tells nothing of that."""
    if not night.left_by:
        return []
    journal = night.home.run_dir(night.left_by) / "journal.jsonl"
    when = "when its results were kept" if journal.is_file() and ends_finished(journal) else "before its first test"
    return [f"the run {night.left_by} did not come to its end: it was killed {when}"]


def _recovered(night: Night, path: Path) -> list[str]:
    """The lines on the run of this journal, none where it had come to its end, or has been recovered before."""
    if ends_finished(path):
        return []
    found = read_journal(path)
    if not found or found[0]["kind"] != entries.BEGIN:
        return [] if _never_began(path) else [f"{night.home.shown(path)}: not a readable journal"]
    if is_finished(found):
        return []
    if found[0].get("schema") != entries.JOURNAL_SCHEMA:
        raise RecordError(f"the schema {found[0].get('schema')!r} is unknown to this version")
    saved, damaged = _saved(night.home, path, found)
    if damaged and not saved:
        return damaged
    lines = _rest_kept(night.home, path.parent.name, found, saved)
    if not damaged:  # else the next run tries again
        Journal(path.parent).write(entries.END, time=iso(utc_now()), recovered_by=night.run_id)
    return [*lines, *damaged]


def _never_began(path: Path) -> bool:
    """Whether a kill cut the journal's first line short, or left it empty: nothing had been measured."""
    with path.open("rb") as file:
        line = file.readline()
    return not line.endswith(b"\n") and line[: len(FIRST)] == FIRST[: len(line)]


def _saved(home: Home, path: Path, found: Sequence[Entry]) -> tuple[int, list[str]]:
    """Write the records of the run with this journal; the tests that has saved, a line for each that cannot be made."""
    saved, damaged = 0, []
    for name in experiments_in(found):
        try:
            saved += _saved_tests(home, path.parent.name, found, name)
        except (OSError, RelaybenchError, *DAMAGE) as error:
            where = f"{home.shown(path)}: results of {name}"
            damaged.append(f"{where}: cannot be recovered: {type(error).__name__}: {brief(error)}")
    return saved, damaged


def _rest_kept(home: Home, run_id: str, found: Sequence[Entry], saved: int) -> list[str]:
    """Keep what belongs to the records; the lines on the run."""
    keep_artifacts(home, found)
    tests = "1 test" if saved == 1 else f"{saved} tests"
    told = f"the run {run_id} did not finish; results of {tests} were recovered from its journal"
    lines = [f"{told} (--resume, instead of a new run, would have finished it)"]
    try:
        keep_raw(home, run_id, samples_in(found))
    except (OSError, *DAMAGE) as error:
        lines.append(f"no raw samples of the run {run_id}: {error}")
    return lines


def _saved_tests(home: Home, run_id: str, found: Sequence[Entry], name: str) -> int:
    """Write the experiment's record, unless there is one of all that was measured; how many tests that has saved."""
    path = home.data_file(name, run_id)
    record = build_record(found, name, raw_data="" if name == SENTINELS else shown_raw(home, run_id))
    record = record if record.telemetry else replace(record, telemetry=seen(home, name, run_id))
    if not record.measurements or has_all(path, record):
        return 0
    is_anew = any(entry.get("anew") for entry in of_experiment(found, name))
    write_readable(path, record if is_anew else with_extra_of(path, record, KEY))
    return len(record.tests) if name != SENTINELS else 0
