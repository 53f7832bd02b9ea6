"""What parent and child say to each other: one JSON object a line, over two inherited pipes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

# parent to child
RUN, STOP = "run", "stop"
# child to parent
READY, REPORT, WARNING, DONE, FAILED = "ready", "report", "warning", "done", "failed"


def send(descriptor: int, kind: str, **content: Any) -> None:
    """Write one message; raises BrokenPipeError when nobody reads any more."""
    line = json.dumps({"kind": kind, **content}, default=str).encode() + b"\n"
    while line:
        line = line[os.write(descriptor, line) :]


class Lines:
    """Cuts what arrives on a pipe into messages."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, received: bytes) -> list[dict[str, Any]]:
        """The messages that are complete now."""
        *whole, self._pending = (self._pending + received).split(b"\n")
        return [json.loads(line) for line in whole if line]


def restore_report(data: Mapping[str, Any]) -> dict[str, Any]:
    """A serialised report with the tuples that JSON made lists of, since junitxml and the terminal take them apart."""
    report = dict(data)
    for key in ("location", "longrepr"):
        if isinstance(report.get(key), list):
            report[key] = tuple(report[key])
    for key in ("sections", "user_properties"):
        report[key] = [tuple(entry) for entry in report.get(key, [])]
    return report
