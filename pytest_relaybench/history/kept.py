"""The record of a run that is there already, when it is made from the journal once more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import RecordError
from ..files import set_aside
from .records import Record, read_record


def has_all(path: Path, record: Record) -> bool:
    """Whether the file has all of the record, and perhaps what was derived from it; one that is damaged steps aside."""
    there = _there(path)
    return there is not None and _told(there) == _told(record)


def _told(record: Record) -> tuple[object, ...]:
    measured = {(entry.key(), entry.value) for entry in record.measurements if not entry.derived}
    return measured, {(test.nodeid, test.outcome) for test in record.tests}


def with_extra_of(path: Path, record: Record, key: str) -> Record:
    """The record with what the file has under this key of `extra`; a file that is damaged steps aside."""
    there = _there(path)
    found = there.extra.get(key) if there else None
    return replace(record, extra={**record.extra, key: found}) if found else record


def _there(path: Path) -> Record | None:
    if not path.exists():
        return None
    try:
        return read_record(path)
    except RecordError:
        set_aside(path)
        return None
