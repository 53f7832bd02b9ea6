"""Whether `bench` tells the truth of a TVM call: `python benchmarks/fidelity.py [--quick]`, about two minutes.

Products of matrices of four sizes, whose kernels take about 1 µs, 30 µs, 1 ms and 30 ms, are timed in three ways:

- `bench`: an experiment of the desk, run as users run it (`pytest bench`), in its own child process;
- `evaluator`: TVM's `time_evaluator`, which loops in C++, around the same compiled function;
- `loop`: `perf_counter` before and after a plain `for` statement with as many calls as fill a millisecond.

The latter two are in one process, which has the same threads and libraries as the child. One repetition runs all
three in fresh processes, in turns. What stands for a way in a repetition is the minimum of its samples. The table tells
the lowest minimum of each way; the quotient of `bench` and each of the others, which is the median of the repetitions'
quotients; after ±, how far apart the minima of the repetitions are, as a share of the lowest; and `bench`'s median over
its minimum, which tells how busy the machine was.

A call from Python costs about a microsecond more than one from C++: that is `bench` over `evaluator` for the smallest
kernel, and is true, since users of the Python interface pay it. `bench` over `loop` should be 1 at every size.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_relaybench.machine import machine_facts, versions

SIZES = {"1 µs": 4, "30 µs": 52, "1 ms": 128, "30 ms": 400}  # rows of matrices that plain loops multiply in that time
REPETITIONS, QUICK_REPETITIONS = 5, 2
BUDGET_S = 0.5
WAYS = ("bench", "evaluator", "loop")

PRODUCT = """
import os
import numpy as np
import tvm
from tvm import relax

def product(size):
    builder = relax.BlockBuilder()
    a, b = (relax.Var(name, relax.TensorType((size, size), "float32")) for name in "ab")
    with builder.function("main", [a, b]):
        builder.emit_func_output(builder.emit(relax.op.matmul(a, b)))
    compiled = tvm.compile(builder.get(), tvm.target.Target({"kind": "llvm"}))
    machine = relax.VirtualMachine(compiled, tvm.cpu())
    values = np.random.default_rng(0).standard_normal((2, size, size)).astype("float32")
    return machine, [tvm.runtime.tensor(value) for value in values], values[0] @ values[1]
"""
EXPERIMENT = """
import json
import sys
from pathlib import Path
import pytest
from pytest_relaybench import ExperimentConfig
sys.path.insert(0, str(Path(__file__).parent))
from product import product

class Config(ExperimentConfig):
    budget_s: float = BUDGET

@pytest.mark.parametrize("size", SIZES)
def test_product(size, bench, tvm_variant):
    machine, arguments, expected = product(size)
    bench.reference(expected, atol=1e-3)
    bench(machine["main"], *arguments)
    samples = next(entry for entry in bench.metrics if entry.name == "time").samples
    with open("bench.jsonl", "a") as file:
        file.write(json.dumps([size, list(samples)]) + chr(10))
"""
OTHERS = """
import gc
import json
import sys
import time
import torch  # as in the child, where tvm_ffi loads it
from product import product

def loop(function, arguments, budget_s):
    function(*arguments)
    start = time.perf_counter()
    function(*arguments)
    once_s = max(time.perf_counter() - start, 1e-7)
    number = max(1, int(1e-3 / once_s))
    samples, until = [], time.perf_counter() + budget_s
    while time.perf_counter() < until or len(samples) < 5:
        start = time.perf_counter()
        for _ in range(number):
            function(*arguments)
        samples.append((time.perf_counter() - start) / number)
    return samples

def evaluator(machine, arguments, budget_s, once_s):
    import tvm
    number = max(1, int(1e-3 / once_s))
    repeat = max(5, int(budget_s / (number * once_s)))
    return list(machine.time_evaluator("main", tvm.cpu(), number=number, repeat=repeat)(*arguments).results)

gc.disable()
found = {}
for size in SIZES:
    machine, arguments, _ = product(size)
    looped = loop(machine["main"], arguments, BUDGET)
    found[size] = {"loop": looped, "evaluator": evaluator(machine, arguments, BUDGET, min(looped))}
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Row:
    """One kernel size: way → the minimum and the median of its samples, in seconds, of each repetition."""

    name: str
    lowest: dict[str, list[float]]
    middle: dict[str, list[float]]

    def ratio(self, way: str) -> float:
        """`bench` over the other way: the median of the quotients of the repetitions."""
        return statistics.median(a / b for a, b in zip(self.lowest["bench"], self.lowest[way], strict=True))

    def spread(self, way: str) -> float:
        """How far the minima of the repetitions are apart, as a share of the lowest."""
        return max(self.lowest[way]) / min(self.lowest[way]) - 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Time everything and print the table."""
    parser = argparse.ArgumentParser(description="bench beside TVM's time_evaluator and a bare loop.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    repetitions = QUICK_REPETITIONS if parser.parse_args(arguments).quick else REPETITIONS
    print(_heading())
    with tempfile.TemporaryDirectory(prefix="relaybench-fidelity-") as folder:
        _write(Path(folder))
        found = [repetition(Path(folder)) for _ in range(repetitions)]
    print(_table([_row(name, size, found) for name, size in SIZES.items()], repetitions))
    print(f"load after {machine_facts()['load_average'][0]}")
    return 0


def repetition(folder: Path) -> dict[int, dict[str, list[float]]]:
    """Size → way → samples in seconds, every way in a process of its own, one after the other."""
    samples = {int(size): ways for size, ways in json.loads(_run(folder, "others.py")).items()}
    results = folder / "bench.jsonl"
    results.unlink(missing_ok=True)
    _run(folder, "-m", "pytest", "bench", "-q", "-p", "no:cacheprovider")
    for line in results.read_text().splitlines():
        size, times = json.loads(line)
        samples[size]["bench"] = times
    return samples


def _write(folder: Path) -> None:
    (folder / "bench").mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    constants = f"SIZES, BUDGET = {list(SIZES.values())}, {BUDGET_S}\n"
    (folder / "bench" / "product.py").write_text(PRODUCT)
    (folder / "product.py").write_text(PRODUCT)
    (folder / "bench" / "test_fidelity.py").write_text(constants + EXPERIMENT)
    (folder / "others.py").write_text(constants + OTHERS)


def _run(folder: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RELAYBENCH", "PYTEST"))}
    environment |= dict.fromkeys(("TVM_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _row(name: str, size: int, found: Sequence[dict[int, dict[str, list[float]]]]) -> Row:
    lowest = {way: [min(samples[size][way]) for samples in found] for way in WAYS}
    middle = {way: [statistics.median(samples[size][way]) for samples in found] for way in WAYS}
    return Row(name, lowest, middle)


def _heading() -> str:
    facts, parts = machine_facts(), versions()
    used = ", ".join(f"{name} {parts[name]}" for name in ("pytest-relaybench", "apache-tvm") if name in parts)
    load = facts["load_average"][0]
    return f"{facts['cpu_model']}, {facts['cores']} cores, load {load}, Python {facts['python']}, {used}"


def _table(rows: Sequence[Row], repetitions: int) -> str:
    head = [
        "kernel",
        *(f"{way} µs" for way in WAYS),
        "/evaluator",
        "/loop",
        *(f"± {way}" for way in WAYS),
        "median/min",
    ]
    line = ("{:<8}" + "{:>14}" * (len(head) - 1)).format
    lines = ["", f"{repetitions} repetitions, {BUDGET_S:g} s a way, size and repetition", line(*head)]
    for row in rows:
        times = [f"{min(row.lowest[way]) * 1e6:.3f}" for way in WAYS]
        ratios = [f"{row.ratio(way):.3f}" for way in ("evaluator", "loop")]
        spreads = [f"{row.spread(way) * 100:.1f} %" for way in WAYS]
        noise = statistics.median(m / low for m, low in zip(row.middle["bench"], row.lowest["bench"], strict=True))
        lines.append(line(row.name, *times, *ratios, *spreads, f"{noise:.2f}"))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
