"""A call in a process of its own, which may crash or hang: what it gave, or how it ended.

The process is a copy of one that has imported torch and TVM and done nothing else. That costs 20 ms where a new
interpreter costs 3 s, and nothing that an earlier call did is there: no kernel has run, so that the copy may run some
(a copy of a process that has run a parallel kernel of TVM hangs at its first own).
"""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

PRELOADED = (  # what is not there is left out without a word
    "torch", "torch._dynamo", "torch.export._trace", "torch._inductor.decomposition", "torch.onnx",
    "torch.onnx._internal.exporter._core", "onnx", "onnxscript",
    "tvm", "tvm.relax.frontend.torch", "tvm.relax.frontend.onnx", "tvm.s_tir.dlight",
)  # fmt: skip
POLL_S = 0.5
LEAVE_S = 5.0
TOLD, VALUE, ERROR = "told", "value", "error"

Tell = Callable[[Any], None]


class ProcessEndedError(Exception):
    """The process crashed or was killed before it returned; the message says how."""


@dataclass(frozen=True)
class Answer:
    """What came of a call: its value, or in `death` how the process ended; `told` is what it said on its way."""

    value: Any
    told: tuple[Any, ...]
    death: str = ""


def ask(function: Callable[..., Any], *arguments: Any, deadline_s: float) -> Answer:
    """The answer of `function(tell, *arguments)`, called in a fresh process that may take `deadline_s` seconds.

    The function is one of a module; it, its arguments, its result and what it gives to `tell` can be pickled. Raises
    RuntimeError, with the traceback, for an exception that the function did not handle.
    """
    reads, writes = multiprocessing.Pipe(duplex=False)
    process = _context().Process(target=_serve, args=(writes, function, arguments), daemon=True)
    process.start()
    writes.close()  # so that the pipe ends when the process does
    told: list[Any] = []
    ended_well = False
    try:
        value = _listen(reads, told, time.monotonic() + deadline_s)
        ended_well = True
    except TimeoutError:
        return Answer(None, tuple(told), f"killed after {deadline_s:g} s")
    except EOFError:
        process.join()
        return Answer(None, tuple(told), _ending(process.exitcode))
    finally:
        reads.close()
        process.join(LEAVE_S if ended_well else 0)  # it lets go of its semaphores, or is not asked to
        process.kill()
        process.join()
    return Answer(value, tuple(told))


def value_of(answer: Answer) -> Any:
    """The value of an answer; raises ProcessEndedError where there is none."""
    if answer.death:
        raise ProcessEndedError(f"{answer.death}, having told {list(answer.told)}")
    return answer.value


@lru_cache(maxsize=1)
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def _listen(reads: Connection, told: list[Any], deadline: float) -> Any:
    while True:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        if not reads.poll(min(left_s, POLL_S)):
            continue
        kind, content = reads.recv()
        if kind == TOLD:
            told.append(content)
        elif kind == ERROR:
            raise RuntimeError(f"in the fresh process:\n{content}")
        else:
            return content


def _serve(writes: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        value = function(lambda content: writes.send((TOLD, content)), *arguments)
        writes.send((VALUE, value))
    except Exception:  # noqa: BLE001, whatever it was belongs to who asked
        writes.send((ERROR, traceback.format_exc()))
    writes.close()


def _ending(status: int | None) -> str:
    if status is None or status >= 0:
        return f"ended with exit status {status}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    return f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
