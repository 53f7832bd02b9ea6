"""One sentinel in a process of its own: `python process.py NAME CPU SECONDS` prints its samples, in seconds, as JSON.

A program by itself: it imports nothing of the package, so that what starts it costs little and is the same every night.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LOOP_STEPS = 100_000
SIDE = 768  # of the matrices: some 10 ms a product on one core
FEWEST_SAMPLES = 3
CACHE_FOLDER = Path("/sys/devices/system/cpu")
USUAL_CACHE_BYTES = 32 * 2**20  # of the last level, where the system does not tell
LEAST_COPY_BYTES, MOST_COPY_BYTES = 32 * 2**20, 256 * 2**20


def integer_loop(_: int) -> Callable[[], object]:
    """A linear congruential generator in plain Python: the interpreter and the core's clock."""

    def loop() -> int:
        state = 1
        for _ in range(LOOP_STEPS):
            state = (1_103_515_245 * state + 12_345) & 0x7FFFFFFF
        return state

    return loop


def memory_copy(cpu: int) -> Callable[[], object]:
    """Source and target are four times the last-level cache together: the memory's bandwidth."""
    size = copied_bytes(cpu)
    source, target = (
        memoryview(bytearray(b"\1") * size),
        memoryview(bytearray(b"\2") * size),
    )  # touched, as both must be

    def copy() -> None:
        target[:] = source

    return copy


def blas_matmul(_: int) -> Callable[[], object]:
    """A product of two matrices by NumPy's BLAS: vector units, and the clock under their load."""
    import numpy as np  # noqa: PLC0415, takes 0.1 s that the other sentinels do without

    left, right = np.random.default_rng(0).standard_normal((2, SIDE, SIDE), dtype=np.float32)
    product = np.empty_like(left)
    return lambda: np.matmul(left, right, out=product)


def process_start(_: int) -> Callable[[], object]:
    """An interpreter that does nothing: the kernel, the dynamic linker, the file system's cache."""
    command = [sys.executable, "-I", "-S", "-c", "pass"]
    return lambda: subprocess.run(command, check=True)


MAKERS = {maker.__name__: maker for maker in (integer_loop, memory_copy, blas_matmul, process_start)}


def copied_bytes(cpu: int) -> int:
    """Bytes of one copy: twice the last-level cache, within bounds."""
    return min(max(2 * last_cache_bytes(cpu), LEAST_COPY_BYTES), MOST_COPY_BYTES)


def last_cache_bytes(cpu: int, folder: Path = CACHE_FOLDER) -> int:
    """Size of the largest cache that the CPU may use."""
    sizes = [_bytes(path) for path in folder.glob(f"cpu{cpu}/cache/index*/size")]
    return max(sizes, default=0) or USUAL_CACHE_BYTES


def _bytes(path: Path) -> int:
    """What the kernel writes as "32768K"; 0 for anything else."""
    text = path.read_text().strip()
    return int(text[:-1]) * 1024 if text.endswith("K") and text[:-1].isdecimal() else 0


def measure(name: str, cpu: int, seconds: float) -> list[float]:
    """Seconds of each call on this CPU alone."""
    os.sched_setaffinity(0, {cpu})
    gc.disable()
    return timed(MAKERS[name](cpu), seconds)


def timed(call: Callable[[], object], seconds: float) -> list[float]:
    """Seconds of each call after a first one, for about so long and three times at least."""
    call()
    samples: list[float] = []
    began = time.perf_counter()
    while len(samples) < FEWEST_SAMPLES or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        call()
        samples.append(time.perf_counter() - start)
    return samples


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))  # noqa: T201, its answer
