"""A child without pytest, which starts in a tenth of the time: it runs functions of a file and reports on each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_relaybench.isolation import protocol
from pytest_relaybench.isolation.launch import Launch
from pytest_relaybench.isolation.limits import limit_memory, reopen_closed, worn_out
from pytest_relaybench.isolation.worker import leave, settle


def main() -> int:
    """As the real one: launch, ready, then what it is told."""
    commands, reports, parent = map(int, sys.argv[1:4])
    stream = settle(commands, reports, parent)
    launch = Launch(**json.loads(stream.readline()))
    limit_memory(launch.memory_limit_bytes)
    tests: dict[str, Any] = {}
    exec(compile(Path(launch.module).read_text(), launch.module, "exec"), tests)
    outputs = [os.dup(1), os.dup(2)]
    protocol.send(reports, protocol.READY)
    for line in stream:
        (command,) = protocol.Lines().feed(line)
        if command["kind"] == protocol.STOP:
            break
        reopen_closed(outputs)
        call = tests[command["nodeid"].rpartition("::")[2]]
        for when, phase in (("setup", int), ("call", call), ("teardown", int)):
            report = {"when": when, "outcome": _outcome(phase)}
            written = [os.fstat(descriptor).st_size for descriptor in outputs]
            protocol.send(reports, protocol.REPORT, report=report, written=written)
        protocol.send(reports, protocol.DONE, worn=worn_out())
    return leave(reports, 0)


def _outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except Exception:  # noqa: BLE001, whatever a test raises
        return "failed"
    return "passed"


if __name__ == "__main__":
    sys.exit(main())
