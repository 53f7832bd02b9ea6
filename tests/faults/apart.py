"""Work in a process of its own, which may take neither much memory nor for ever."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

MOST_ADDRESS_SPACE = 6 * 2**30  # the engine of the table alone reserves two
MOST_MEMORY = 2**30
PATIENCE_S = 240

# one process imports all that is needed, once, and each work gets a copy of it
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.faults.played_night", "tests.faults.fuzz_targets"])

Told = tuple[list[str], dict[str, int]]  # what was not as promised; how often things were seen


def apart(work: Callable[[], Told], patience_s: float = PATIENCE_S) -> Told:
    """What the work tells; that it hung, died, or took more memory than any of it needs is a complaint, too."""
    receiving, sending = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_bounded, args=(work, sending))
    process.start()
    sending.close()
    try:
        if receiving.poll(patience_s):
            told: Told = receiving.recv()
        else:
            process.kill()
            told = [f"it had not ended after {patience_s:g} seconds"], {}
    except EOFError:
        told = ["the process died"], {}
    process.join()
    return told


def _bounded(work: Callable[[], Told], sending: Connection[Any, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_SPACE, MOST_ADDRESS_SPACE))
    complaints, seen = work()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if most > MOST_MEMORY:
        complaints = [*complaints, f"it took {most >> 20} MiB of memory"]
    sending.send((complaints, seen))
