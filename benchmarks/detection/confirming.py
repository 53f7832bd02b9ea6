"""Simulates `confirm` on real processes: how soon a step of 5 % is told, how often a ticket is false, what it costs.

    python -m benchmarks.detection.confirming [--quick] [--jobs N]

One process a night of 100 Java benchmarks, of which ten processes each were measured. They are not part of this
project; without them nothing is simulated.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool

import numpy as np

from pytest_relaybench.text_table import aligned

from .nightly_series import NightlySeries, Setting, share, told_on
from .process_pool import FORKS, ProcessPool, Random, Way, read_pools
from .targets import Target

SLOWER, FASTER = 1.05, 1 / 1.05
NIGHTS_TO_TELL = 2
STEPS = 8  # a benchmark and direction
YEAR = 365
SEED = 11
LEAST_RECALL, MOST_FALSE = 0.9, 0.1
GROUPS = 5  # of benchmarks, by how much their processes differ
OTHER_SETTINGS = (Setting(headline="median"), Setting(way=Way.AS_MEASURED))
PROCESS_S = 10  # that one process of a usual test takes, start and all
QUICK = 4  # every so many benchmarks are taken, and fewer steps and nights


@dataclass(frozen=True)
class Result:
    """Of one benchmark: the nights that told its steps, and what came of watching it unchanged."""

    spread: float
    slower: tuple[int | None, ...]
    faster: tuple[int | None, ...]
    step_processes: int  # extra ones, of the slower steps
    nights: int
    false: int
    suspects: int
    processes: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate and print."""
    options = _parser().parse_args(arguments)
    if not FORKS.exists():
        print(f"not simulated: there is no {FORKS}, which may not be published with this project")
        return
    started = time.monotonic()
    pools = list(enumerate(read_pools()))[:: QUICK if options.quick else 1]
    steps, nights = (STEPS // 2, YEAR // 2) if options.quick else (STEPS, YEAR)
    with Pool(options.jobs) as pool:

        def simulated(setting: Setting) -> list[Result]:
            return pool.map(partial(simulate, setting=setting, steps=steps, nights=nights), pools, chunksize=1)

        print(*_main_tables(simulated(Setting())), sep="\n", flush=True)
        if not options.quick:
            others = [(f"{one.headline}, {one.way}", simulated(one)) for one in OTHER_SETTINGS]
            print(f"\n{OTHERS}\n", *_table("night's value, processes", others), sep="\n")
    print(f"\n{time.monotonic() - started:.0f} s, {options.jobs} processes")


def simulate(numbered: tuple[int, ProcessPool], setting: Setting, steps: int, nights: int) -> Result:
    """Steps to both sides, and nights without any, of one benchmark."""
    number, pool = numbered
    slower = [NightlySeries(pool, setting, _random(number, step)) for step in range(steps)]
    faster = [NightlySeries(pool, setting, _random(number, steps + step)) for step in range(steps)]
    told_slower, told_faster = (
        tuple(told_on(one, factor, NIGHTS_TO_TELL) for one in series)
        for series, factor in ((slower, SLOWER), (faster, FASTER))
    )
    unchanged = NightlySeries(pool, setting, _random(number, 2 * steps))
    false = sum(unchanged.night() for _ in range(nights))
    cost = sum(one.processes for one in slower)
    return Result(pool.spread, told_slower, told_faster, cost, nights, false, unchanged.suspects, unchanged.processes)


def _random(number: int, stream: int) -> Random:
    return np.random.default_rng([SEED, number, stream])


HEAD = ("slower, night 1", "by night 2", "faster, by night 2", "false/year", "suspects/year", "processes/year")
COSTS = ("per night", f"s/night of {PROCESS_S} s", "per step")
OTHERS = "the same with the median as a night's value, and with processes drawn as they were measured"


def _main_tables(found: Sequence[Result]) -> Iterator[str]:
    yield f"{len(found)} benchmarks: steps of 5 % told on night 1, by night 2; false tickets, suspects and extra"
    yield "processes of an unchanged series; by how much processes differ (standard deviation of their medians)\n"
    ordered = sorted(found, key=lambda one: one.spread)
    groups = [ordered[group] for group in _slices(len(ordered))]
    named = [(f"{100 * group[0].spread:.1f} to {100 * group[-1].spread:.1f} %", group) for group in groups]
    yield from _table("processes differ by", [("all", ordered), *named])
    yield "\ntargets\n"
    yield from map(str, targets(found))


def _table(first: str, rows: Iterable[tuple[str, Sequence[Result]]]) -> list[str]:
    return aligned([(first, *HEAD, *COSTS), *((name, *_cells(found)) for name, found in rows)])


def _slices(count: int) -> Iterator[slice]:
    borders = [round(part * count / GROUPS) for part in range(GROUPS + 1)]
    return map(slice, borders[:-1], borders[1:])


def targets(found: Sequence[Result]) -> Iterator[Target]:
    """Whether what was asked of confirming holds."""
    told = [night for one in found for night in one.slower]
    yield Target("5 % steps told on night 1 or 2", LEAST_RECALL, share(told, NIGHTS_TO_TELL), is_least=True)
    yield Target("false tickets a series and year", MOST_FALSE, _per_year(found, "false"))


def _cells(found: Sequence[Result]) -> list[str]:
    slower = [night for one in found for night in one.slower]
    faster = [night for one in found for night in one.faster]
    a_year = _per_year(found, "processes")
    return [
        *(f"{share(*one):.3f}" for one in ((slower, 1), (slower, 2), (faster, 2))),
        f"{_per_year(found, 'false'):.3f}",
        f"{_per_year(found, 'suspects'):.1f}",
        f"{a_year:.0f}",
        f"{a_year / YEAR:.2f}",
        f"{PROCESS_S * a_year / YEAR:.1f}",
        f"{sum(one.step_processes for one in found) / len(slower):.1f}",
    ]


def _per_year(found: Sequence[Result], what: str) -> float:
    return float(sum(getattr(one, what) for one in found) * YEAR / sum(one.nights for one in found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection.confirming",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a quarter of the benchmarks, less of each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at work (default: every core)")
    return parser


if __name__ == "__main__":
    main()
