"""The child: an interpreter that collects one experiment and runs its tests when told to.

Started as `python -u -m pytest_relaybench.isolation.worker COMMANDS REPORTS PARENT`, two pipe descriptors and a process
number; the first line it reads is its launch.
"""

from __future__ import annotations

import json
import os
import sys
from typing import BinaryIO

from . import protocol
from .launch import Launch
from .limits import (
    die_with_parent,
    end_group_with_parent,
    leave_in_time,
    limit_memory,
    pin,
    sacrifice_first,
    tell_stacks,
)

BUFFER_BYTES = 65536


def settle(commands: int, reports: int, parent: int) -> BinaryIO:
    """Tie this process and its group to its parent's life; the stream of the parent's lines, the launch first."""
    for descriptor in (commands, reports):
        os.set_inheritable(descriptor, False)  # a grandchild that lives on must not hold our pipes open
    die_with_parent(parent)
    end_group_with_parent(commands, reports)
    tell_stacks()
    sacrifice_first()
    return os.fdopen(commands, "rb", buffering=BUFFER_BYTES)


def leave(reports: int, status: int) -> int:
    """The exit status; threads that nobody ended are told of, and hold the end up for a moment only."""
    leave_in_time(lambda threads: protocol.send(reports, protocol.LEFT, threads=threads), status)
    return status


def main() -> int:
    """Make this process what the launch says, then import pytest and serve."""
    commands, reports, parent = map(int, sys.argv[1:4])
    stream = settle(commands, reports, parent)
    launch = Launch(**json.loads(stream.readline()))
    pin(launch.cpus)
    limit_memory(launch.memory_limit_bytes)
    try:
        # only now, so that numeric libraries start with the right CPUs and threads
        from .serve import serve  # noqa: PLC0415
    except (ImportError, MemoryError, OSError) as error:
        if not launch.memory_limit_bytes:
            raise
        sys.exit(f"it cannot start with memory_limit_mb = {launch.memory_limit_bytes >> 20}: {_why(error)}")
    return leave(reports, serve(launch, stream, reports))


def _why(error: BaseException) -> str:
    """The first line of what was raised first: packages wrap it in pages of advice."""
    while error.__cause__:
        error = error.__cause__
    return (str(error).splitlines() or [type(error).__name__])[0]


if __name__ == "__main__":
    sys.exit(main())
