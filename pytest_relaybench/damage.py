"""What is damaged in a home: told each night where a night looks, and all of it by `relaybench check`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from .errors import brief
from .files import DAMAGED, json_object, read_json
from .history.journal import unreadable_lines
from .home import Home
from .incidents.keeping import read_kept
from .judging.keeping import VERDICTS_FILE, read_verdicts

MOST_TOLD = 5  # lines of one kind in a night
RUNS_LOOKED_AT = 100  # the newest: further back no night looks
DERIVED = ("website", "schema")  # folders of files that are made again, and that no program reads as results


def few(lines: Sequence[str], most: int = MOST_TOLD) -> list[str]:
    """The first of many lines, and how many more there are."""
    more = len(lines) - most
    return [*lines[:most], *([f"and {more} more: `relaybench check` tells all"] if more > 0 else [])]


def damaged_runs(home: Home, newest: int = RUNS_LOOKED_AT) -> Iterator[str]:
    """A line for each file of the newest runs that cannot be read; what the others tell is used."""
    runs = home.results / "runs"
    try:
        names = sorted((entry.name for entry in os.scandir(runs)), reverse=True) if runs.is_dir() else []
    except OSError as error:
        yield f"{home.shown(runs)} cannot be read: {error.strerror}"
        return
    for run_id in names[:newest]:
        path = home.run_dir(run_id) / "run.json"
        if os.path.lexists(path) and json_object(path) is None:
            yield f"{home.shown(path)} cannot be read: what that run was asked for is not known"


def set_aside_since(home: Home, moment: datetime) -> list[str]:
    """A line for each file that was damaged and has been moved aside since the moment."""
    return [
        f"{home.shown(path)}: was damaged, and is kept under this name"
        for path in _set_aside(home)
        if path.lstat().st_ctime >= moment.timestamp()
    ]


def all_damage(home: Home, records: Sequence[str]) -> list[str]:
    """A line for everything stored in a home that cannot be read; `records` are the problems of its table."""
    return [
        *records,
        *read_kept(home).problems,
        *(f"{home.shown(path)}: moved aside, since it was damaged" for path in _set_aside(home)),
        *(line for path in _stored(home) if (line := _fault(home, path))),
    ]


def _set_aside(home: Home) -> list[Path]:
    return sorted(path for path in _entries(home, DAMAGED) if DAMAGED in path.suffix)


def _stored(home: Home) -> Iterator[Path]:
    """Files of JSON but for records and incidents, of which others tell."""
    records = home.results / "experiments" / "data"
    for path in sorted(_entries(home)):
        is_told = path.parent.parent == records or path.parent == home.results
        if path.suffix in (".json", ".jsonl") and not is_told:
            yield path


def _entries(home: Home, part: str = "") -> Iterator[Path]:
    """Everything in configuration, decisions and results, not below a folder which is made again, of such a name."""
    for top in (home.root / "config", home.root / "decisions", home.results):
        for folder, folders, files in os.walk(top):
            yield from (Path(folder, name) for name in (*files, *folders) if part in name)
            folders[:] = [name for name in folders if name not in DERIVED and DAMAGED not in name]


def _fault(home: Home, path: Path) -> str:
    if path.suffix == ".jsonl":
        return _fault_of_lines(home, path)
    if path.is_relative_to(home.root / "config"):
        return ""  # each config is checked as such
    try:
        read_json(path)
    except (OSError, ValueError) as error:
        return f"{home.shown(path)}: cannot be read: {brief(error)}"
    if path.name == VERDICTS_FILE and read_verdicts(home, path.parent.name) is None:
        return f"{home.shown(path)}: not the verdicts of a run that this version can read"
    return ""


def _fault_of_lines(home: Home, path: Path) -> str:
    try:
        count = unreadable_lines(path)
    except OSError as error:
        return f"{home.shown(path)}: cannot be read: {brief(error)}"
    return f"{home.shown(path)}: lines that cannot be read: {count}" if count else ""
