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
KINDS = frozenset({RUN, STOP, READY, REPORT, WARNING, NOTE, DONE, FAILED})
SHOWN_BYTES = 80  # of what is no message


def send(descriptor: int, kind: str, **content: Any) -> None:
    """Write one message; raises BrokenPipeError when nobody reads any more.

    Halves of characters, which no file of ours can hold, become question marks.
    """
    line = json.dumps({"kind": kind, **content}, default=str, ensure_ascii=False).encode(errors="replace") + b"\n"
    while line:
        line = line[os.write(descriptor, line) :]


class Lines:
    """Cuts what arrives on a pipe into messages."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, received: bytes) -> list[dict[str, Any]]:
        """The messages that are complete now; raises ChildError for a line that is none."""
        self._pending += received
        if b"\n" not in received:
            return []
        *whole, rest = self._pending.split(b"\n")
        self._pending = rest
        return [_message(bytes(line)) for line in whole if line]


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or message.get("kind") not in KINDS:
        raise ChildError(f"something else than a message came over the child's pipe: {line[:SHOWN_BYTES]!r}")
    return message


def restore_report(data: Mapping[str, Any]) -> dict[str, Any]:
    """A serialised report with the tuples that JSON made lists of, since junitxml and the terminal take them apart."""
    report = dict(data)
    for key in ("location", "longrepr"):
        if isinstance(report.get(key), list):
            report[key] = tuple(report[key])
    for key in ("sections", "user_properties"):
        report[key] = [tuple(entry) for entry in report.get(key, [])]
    return report
