"""From a torch model to its first output, phase by phase, with a clock and an eye on the memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tvm
from torch import Tensor, nn
from tvm.ir.transform import PassContext

from pytest_relaybench.measure.correctness import Array, as_array
from pytest_relaybench.measure.memory import PeakMemory, resident_bytes

from ..coverage.cases import case_named
from ..models import NETWORKS, build, example_inputs
from ..models.executing import runner, to_device
from ..models.levels import compile_at
from ..models.relax_import import export_program, import_program
from ..models.targets import target_for
from ..passes.clock import PassClock, Span

LIBRARY = "model.so"
LAST_OF_GRAPH = "KernelCounter"  # the pass after which no other changes the graph
SCHEDULING = ("ScheduleForCPU", "ApplyDefaultSchedule")


@dataclass(frozen=True)
class Ledger:
    """Seconds of each phase, and what compiling took besides; `output` is that of the first call.

    `peak_bytes` is the most that the process held until it had compiled, `compile_bytes` how much of that came after
    the torch model was there. Both are None where the kernel does not tell.
    """

    seconds: Mapping[str, float]
    artifact_bytes: int
    peak_bytes: int | None
    compile_bytes: int | None
    output: Array
    reference: Array


def keep_ledger(tell: Callable[[Any], None], model: str, batch_size: int, level: int, device: str) -> Ledger:
    """Export, import, compile, link, load and call the model once; `tell` is given each phase before it begins."""
    network, inputs = _model(model, batch_size)
    with torch.no_grad():
        reference = network(*inputs)
    stopwatch, peak, before = _Stopwatch(tell), PeakMemory(), resident_bytes()
    peak.restart()
    with stopwatch.phase("export"):
        exported = export_program(network, inputs)
    with stopwatch.phase("import"):
        module = import_program(exported)
    executable = _compile(stopwatch, module, level, device)
    peak_bytes = peak.read_bytes()
    with tempfile.TemporaryDirectory(prefix="relaybench-ledger-") as folder:
        library = Path(folder) / LIBRARY
        with stopwatch.phase("link"):
            executable.export_library(str(library))
        size = library.stat().st_size
        with stopwatch.phase("load"):
            main = runner(tvm.runtime.load_module(str(library)), device)
    arguments = to_device(inputs, device)
    with stopwatch.phase("first_run"):
        output = main(*arguments)
    return Ledger(
        stopwatch.seconds,
        artifact_bytes=size,
        peak_bytes=peak_bytes,
        compile_bytes=None if peak_bytes is None else peak_bytes - before,
        output=as_array(output),
        reference=as_array(reference),
    )


class _Stopwatch:
    """Seconds by phase."""

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self._tell = tell
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._tell(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def _model(name: str, batch_size: int) -> tuple[nn.Module, tuple[Tensor, ...]]:
    if name in NETWORKS:
        return build(name), example_inputs(name, batch_size, seed=0)
    case = case_named(name)
    return case.model, case.inputs


def _compile(stopwatch: _Stopwatch, module: tvm.IRModule, level: int, device: str) -> Any:
    clock = PassClock()
    with stopwatch.phase("compile"), PassContext(instruments=[clock]):
        executable = compile_at(level, module, target_for(device)).executable
    stopwatch.seconds.update(split(clock.spans, stopwatch.seconds.pop("compile")))
    return executable


def split(spans: list[Span], compile_s: float) -> dict[str, float]:
    """The seconds of `tvm.compile` by phase; what no pass accounts for is code generation."""
    last = next(span for span in spans if span.name == LAST_OF_GRAPH)
    outer = [span for span in spans if span.depth == 0]
    around = next(span for span in outer if span.start_s <= last.start_s <= span.start_s + span.seconds)
    passes = last.start_s - around.start_s
    schedule = float(np.sum([span.seconds for span in spans if span.name in SCHEDULING and span.depth == last.depth]))
    in_passes = sum(span.seconds for span in outer)
    lower = in_passes - passes - schedule
    return {"passes": passes, "schedule": schedule, "lower": lower, "codegen": compile_s - in_passes}
