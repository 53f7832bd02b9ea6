"""What parent and child say to each other: one JSON object a line, over two inherited pipes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..errors import ChildError

# parent to child
RUN, STOP = "run", "stop"
# child to parent
READY, REPORT, WARNING, NOTE, DONE, FAILED = "ready", "report", "warning", "note", "done", "failed"
LEFT = "left"  # threads that nobody ended
SHOWN_BYTES = 80  # of what is no message
LONGEST_MESSAGE_BYTES = 1 << 26

# kind → what a message of this kind has; a test may write anything to any descriptor that it finds
CONTENT: dict[str, dict[str, type]] = {
    RUN: {},
    STOP: {},
    READY: {},
    REPORT: {"report": dict, "written": list},
    WARNING: {"message": str, "category": str, "filename": str, "lineno": int, "when": str, "nodeid": str},
    NOTE: {"text": str},
    DONE: {},
    FAILED: {"message": str},
    LEFT: {"threads": list},
}


def encode(kind: str, **content: Any) -> bytes:
    """One message; halves of characters, which no file of ours can hold, become question marks."""
    return json.dumps({"kind": kind, **content}, default=str, ensure_ascii=False).encode(errors="replace") + b"\n"


def send(descriptor: int, kind: str, **content: Any) -> None:
    """Write one message; raises BrokenPipeError when nobody reads any more."""
    line = encode(kind, **content)
    while line:
        line = line[os.write(descriptor, line) :]


class Lines:
    """Cuts what arrives on a pipe into messages."""

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def is_amid(self) -> bool:
        """Whether a message has come in part."""
        return bool(self._pending)

    def feed(self, received: bytes) -> list[dict[str, Any]]:
        """The messages that are complete now; raises ChildError for a line that is none, or does not end."""
        self._pending += received
        if b"\n" not in received:
            if len(self._pending) > LONGEST_MESSAGE_BYTES:
                shown = bytes(self._pending[:SHOWN_BYTES])
                raise ChildError(f"a message without end came over the child's pipe: {shown!r}...")
            return []
        *whole, rest = self._pending.split(b"\n")
        self._pending = rest
        return [_message(bytes(line)) for line in whole if line]


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or not _is_whole(message):
        raise ChildError(f"something else than a message came over the child's pipe: {line[:SHOWN_BYTES]!r}")
    return message


def _is_whole(message: Mapping[str, Any]) -> bool:
    """Whether it is of a known kind, and has what messages of its kind have."""
    kind = message.get("kind")
    content = CONTENT.get(kind) if isinstance(kind, str) else None
    return content is not None and all(isinstance(message.get(key), kept) for key, kept in content.items())


def restore_report(data: Mapping[str, Any]) -> dict[str, Any]:
    """A serialised report with the tuples that JSON made lists of, since junitxml and the terminal take them apart."""
    report = dict(data)
    for key in ("location", "longrepr"):
        if isinstance(report.get(key), list):
            report[key] = tuple(report[key])
    for key in ("sections", "user_properties"):
        report[key] = [tuple(entry) for entry in report.get(key, [])]
    return report
