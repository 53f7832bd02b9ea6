"""What telemetry costs the measured process: `python benchmarks/telemetry_cost.py [--quick]`, about two minutes.

A loop of about 1 ms runs for some seconds in a process of its own, pinned to one CPU, without and with telemetry of
CPU and memory beside it, in turns: A B B A. The sampler is started as a night starts it, on the other CPUs and with a
low priority. `slowdown` is the time of a round with sampling over that without, of the best round and of the median
one: the geometric mean of all turns, and the lowest and highest turn. 1 means that sampling costs nothing that can be
measured; on a busy machine look at the spread before believing a difference. `CPU` is what the sampler itself used, as
a share of one core, its start and end included.

The rate of 15 s is the default; a loop that lasts a few seconds then sees the first sample and the last.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytest_relaybench.render.means import geometric_mean
from pytest_relaybench.telemetry.sampler import Order
from pytest_relaybench.telemetry.settings import cpus_beside
from pytest_relaybench.telemetry.watching import Watch

RATES_S = (15.0, 1.0, 0.1)
SECONDS, QUICK_SECONDS = 5.0, 1.0
TURNS, QUICK_TURNS = 4, 2
LOOP = """
import json, os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
rounds, end = [], time.perf_counter() + float(sys.argv[2])
while time.perf_counter() < end:
    begin = time.perf_counter()
    sum(range(50000))
    rounds.append(time.perf_counter() - begin)
rounds.sort()
print(json.dumps([rounds[0], rounds[len(rounds) // 2]]))
"""


def measured(cpu: int, seconds: float) -> tuple[float, float]:
    """Best and median round of the loop."""
    told = subprocess.run([sys.executable, "-c", LOOP, str(cpu), str(seconds)], capture_output=True, check=True)
    best, median = json.loads(told.stdout)
    return best, median


def watched(cpu: int, seconds: float, rate_s: float, folder: Path) -> tuple[tuple[float, float], float]:
    """The same with telemetry beside it, and the sampler's CPU seconds for each second."""
    order = Order(
        path=str(folder / f"{time.monotonic_ns()}.jsonl"),
        experiment="loop",
        run_id="",
        rate_s=rate_s,
        cpu=True,
        gpu=False,
        session_pid=os.getpid(),
        cpus=cpus_beside((cpu,)) or (),
        measured_cpus=(cpu,),
    )
    before, began = children_cpu_s(), time.monotonic()
    watch = Watch(order)
    rounds = measured(cpu, seconds)
    loop_cpu_s = children_cpu_s() - before
    problem = watch.stop()
    assert not problem, problem
    return rounds, (children_cpu_s() - before - loop_cpu_s) / (time.monotonic() - began)


def children_cpu_s() -> float:
    """CPU seconds of the processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def row(rate_s: float, turns: int, seconds: float, folder: Path) -> str:
    """The line of one rate."""
    cpu = max(os.sched_getaffinity(0))
    ratios: tuple[list[float], list[float]] = ([], [])
    used = []
    for turn in range(turns):
        plain = measured(cpu, seconds) if turn % 2 == 0 else None
        sampled, share = watched(cpu, seconds, rate_s, folder)
        plain = plain or measured(cpu, seconds)
        used.append(share)
        for place in (0, 1):
            ratios[place].append(sampled[place] / plain[place])
    told = [f"{geometric_mean(each):.4f} ({min(each):.4f} to {max(each):.4f})" for each in ratios]
    return f"{rate_s:>6g} s  {told[0]:28}  {told[1]:28}  {100 * statistics.fmean(used):.1f} %"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short and coarse: to see that it runs")
    quick = parser.parse_args().quick
    turns, seconds = (QUICK_TURNS, QUICK_SECONDS) if quick else (TURNS, SECONDS)
    print(f"{'rate':>8}  {'slowdown of the best round':28}  {'of the median round':28}  CPU")
    with tempfile.TemporaryDirectory() as folder:
        for rate_s in RATES_S:
            print(row(rate_s, turns, seconds, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
