"""Status files: how one stage of one experiment, or one subsystem, ended in the newest run that had it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import RecordError, brief
from ..files import read_json, write_json

STATUS_SCHEMA = 1


@dataclass(frozen=True)
class Status:
    """`success` and a message for people; `extra` holds what only this stage tells (the run's times, say)."""

    success: bool
    message: str
    run_id: str
    timestamp: str
    duration_s: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)


def write_status(path: Path, status: Status) -> None:
    """Write the status atomically, its extra keys beside the others."""
    content = asdict(status)
    write_json(path, {"schema": STATUS_SCHEMA, **content.pop("extra"), **content})


def read_status(path: Path) -> Status | None:
    """The status in `path`, None when there is none; raises RecordError when it is damaged."""
    try:
        if not path.is_file():
            return None
        content = read_json(path)
        if content.pop("schema") != STATUS_SCHEMA:
            raise RecordError(f"{path}: a status of a schema that this version does not know")
        known = {key: content.pop(key) for key in ("success", "message", "run_id", "timestamp", "duration_s")}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise RecordError(f"{path}: not a readable status: {brief(error)}") from error
    return Status(**known, extra=content)
