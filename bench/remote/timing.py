"""Running a network on a board: its output, its times by the board's own clock, and what the way there costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tvm
from tvm import relax

Array = npt.NDArray[Any]

ROUND_TRIPS = 20
ALL_CORES_ALIKE = 1  # for `runtime.config_threadpool`: big cores first


@dataclass(frozen=True)
class Plan:
    """What is done on the board: `repeats` samples, each the mean of `calls` calls, on so many threads."""

    repeats: int
    calls: int
    threads: int = 1
    device: str = "cpu"


@dataclass(frozen=True)
class OnBoard:
    """Seconds a call, one for each sample, and what the way there costs.

    That is: seconds for the file to be sent, for the board to load it, and for the shortest question and answer.
    `output` is that of the first call.
    """

    output: Array
    seconds: tuple[float, ...]
    upload_s: float
    load_s: float
    round_trip_s: float


def time_on_board(
    session: Any, artifact: Path, inputs: tuple[Array, ...], plan: Plan, check: Callable[[Array], None]
) -> OnBoard:
    """Send the library, call its `main` once, let `check` judge the output, and only then time it.

    `check` judges the output of the last timed call too: what is right only once has no time. No object
    of the session is kept. Raises what `check` raises, and what TVM raises when the board is gone.
    """
    session.get_function("runtime.config_threadpool")(ALL_CORES_ALIKE, plan.threads)
    upload_s, _ = _timed(lambda: session.upload(str(artifact)))
    load_s, library = _timed(lambda: session.load_module(artifact.name))
    device = session.device(plan.device)
    machine = relax.VirtualMachine(library, device)
    arguments = [tvm.runtime.tensor(value, device) for value in inputs]
    machine.set_input("main", *arguments)
    machine.invoke_stateful("main")
    output = np.asarray(machine.get_outputs("main").numpy())
    check(output)
    # with `invoke_stateful`, inputs and output stay on the board
    timer = machine.time_evaluator("invoke_stateful", device, number=plan.calls, repeat=plan.repeats)
    machine.time_evaluator("invoke_stateful", device, number=plan.calls)("main")
    seconds = tuple(float(value) for value in timer("main").results)
    check(np.asarray(machine.get_outputs("main").numpy()))
    return OnBoard(output, seconds, upload_s, load_s, _round_trip_s(device))


def _round_trip_s(device: Any) -> float:
    return min(_timed(device.sync)[0] for _ in range(ROUND_TRIPS))


def _timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result
