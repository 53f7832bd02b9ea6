"""Multiply-adds in registers and nothing else: the arithmetic peak of a CPU, where there is a C compiler."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# twelve independent sums hide the latency of a multiply-add on two units of up to six cycles, and leave registers free
SUMS, LANES = 12, 16
REPEATS = 1_000_000
OPERATIONS = 2 * SUMS * LANES * REPEATS  # of one call of one thread
SOURCE = f"""
typedef float lanes __attribute__((vector_size({4 * LANES})));
float run(long repeats, float factor) {{
  lanes by = {{}}, sums[{SUMS}];
  by = by + factor;
  for (int i = 0; i < {SUMS}; ++i) sums[i] = by + (float)i; /* equal sums would be added up once */
  for (long left = repeats; left > 0; --left) {{
#pragma GCC unroll {SUMS}
    for (int i = 0; i < {SUMS}; ++i) sums[i] = sums[i] * by + by;
  }}
  for (int i = 1; i < {SUMS}; ++i) sums[0] = sums[0] + sums[i];
  return sums[0][0];
}}
"""
FLAGS = ("-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-x", "c")


def fma_rate(threads: int, budget_s: float) -> float | None:
    """FLOP/s of `threads` threads at once, the best round in `budget_s` seconds; None without a compiler."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "fma.so"
        built = subprocess.run(
            [compiler, *FLAGS, "-", "-o", str(library)], input=SOURCE, text=True, capture_output=True, check=False
        )
        if built.returncode:
            return None
        return threads * OPERATIONS / _best_round_s(ctypes.CDLL(str(library)), threads, budget_s)


def _best_round_s(library: ctypes.CDLL, threads: int, budget_s: float) -> float:
    """Seconds until every thread has finished one call; ctypes lets go of the interpreter's lock meanwhile."""
    library.run.argtypes, library.run.restype = [ctypes.c_long, ctypes.c_float], ctypes.c_float
    best_s, began = float("inf"), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        while time.perf_counter() - began < budget_s:
            start = time.perf_counter()
            list(pool.map(lambda _: library.run(REPEATS, 0.5), range(threads)))
            best_s = min(best_s, time.perf_counter() - start)
    return best_s
