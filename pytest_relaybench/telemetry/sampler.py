"""The sampler: a small process that watches the machine beside an experiment.

Started as `python -m pytest_relaybench.telemetry.sampler ORDER`, an Order as JSON; it ends when its standard input
does, and is killed with the process that started it.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import append_line
from ..isolation.limits import die_with_parent, pin
from .cpu import Cpu, Reader
from .gpu import Gpu, load_nvml
from .topics import ALL_OF_GPU, TOPICS, NotOfferedError, Readings

SAMPLES_SCHEMA = 1
BEGIN, SAMPLE, MISSING, END = "begin", "sample", "missing", "end"
LOWEST_PRIORITY = 19
LEAST_APART_S = 0.5  # of the last sample from the one before; CPU times count in hundredths of a second


@dataclass(frozen=True)
class Order:
    """What to sample: every `rate_s` seconds into `path`. `cpus` are those to run on (empty: any)."""

    path: str
    experiment: str
    run_id: str
    rate_s: float
    cpu: bool
    gpu: bool
    session_pid: int
    cpus: tuple[int, ...] = ()
    measured_cpus: tuple[int, ...] = ()  # that the experiment is pinned to


class Sampler:
    """Writes one line a sample; what a topic's reader raises is a line, too, and said once."""

    def __init__(self, order: Order, readers: dict[str, Reader], clock: Callable[[], float] = time.monotonic) -> None:
        self._order = order
        self._readers = readers
        self._clock = clock
        self._path = Path(order.path)
        self._told: set[str] = set()
        self._came: set[str] = set()  # topics that have had a value: an error later on may pass
        self._start = self._last = clock()

    def begin(self, time_text: str) -> None:
        """Write the first line, and the sample at 0 s."""
        topics = {name: {"unit": TOPICS[name].unit, "title": TOPICS[name].title} for name in self._readers}
        own = {name: value for name, value in vars(self._order).items() if name != "path"}
        self._write(BEGIN, schema=SAMPLES_SCHEMA, time=time_text, topics=topics, **own)
        self._start = self._clock()
        self._sample(self._start)

    def run(self, wait_until: Callable[[float], bool]) -> None:
        """Sample at multiples of the rate until `wait_until(moment)` says that the experiment has ended.

        A moment that was missed is left out, never made up for. The last sample is of the end.
        """
        due = 1
        while not wait_until(self._start + due * self._order.rate_s):
            now = self._clock()
            self._sample(now)
            due = int((self._clock() - self._start) / self._order.rate_s) + 1
        now = self._clock()
        if now - self._last >= min(self._order.rate_s, LEAST_APART_S) / 2:
            self._sample(now)
        self._write(END, t=round(now - self._start, 6))

    def missing(self, topic: str, reason: str) -> None:
        """Say, once, that the machine does not tell of a topic."""
        if topic not in self._told:
            self._told.add(topic)
            self._write(MISSING, topic=topic, reason=reason)

    def _sample(self, now: float) -> None:
        elapsed_s = now - self._start
        readings: Readings = {}
        for topic, read in list(self._readers.items()):
            try:
                values = read(elapsed_s)
            except Exception as error:  # noqa: BLE001, a driver may raise anything, and the other topics go on
                known = isinstance(error, NotOfferedError)
                self.missing(topic, str(error) if known else f"{type(error).__name__}: {error}")
                if topic not in self._came:
                    del self._readers[topic]
                continue
            finite = {label: value for label, value in values.items() if math.isfinite(value)}
            if finite:
                self._came.add(topic)
                readings[topic] = finite
        self._write(SAMPLE, t=round(elapsed_s, 6), values=readings)
        self._last = now

    def _write(self, kind: str, **content: Any) -> None:
        append_line(self._path, {"kind": kind, **content})


def sampler_for(order: Order) -> Sampler:
    """The sampler with everything that this machine may tell; raises nothing for what it does not."""
    readers = Cpu(order.session_pid).readers() if order.cpu else {}
    problem = ""
    if order.gpu:
        try:
            readers |= Gpu(load_nvml()).readers()
        except NotOfferedError as error:
            problem = str(error)
    sampler = Sampler(order, readers)
    sampler.begin(time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()))
    if problem:
        sampler.missing(ALL_OF_GPU, problem)
    return sampler


def _until_input_ends(moment: float) -> bool:
    """Wait for the moment, in seconds of `time.monotonic`; whether the session has said that it is over, or is gone."""
    readable, _, _ = select.select([sys.stdin], [], [], max(0.0, moment - time.monotonic()))
    return bool(readable)


def main() -> int:
    """Sample as told by the first argument."""
    order = Order(**json.loads(sys.argv[1]))
    die_with_parent(order.session_pid)
    with contextlib.suppress(OSError):
        os.nice(LOWEST_PRIORITY)
    pin(order.cpus)
    sampler_for(order).run(_until_input_ends)
    return 0


if __name__ == "__main__":
    sys.exit(main())
