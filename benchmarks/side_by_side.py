"""How wrong is a comparison of two builds? Interleaved against one after the other, and processes against rounds.

    python benchmarks/side_by_side.py [--quick] [--real]

Prints tables; everything but `--real` is seeded and gives the same numbers every time.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from drifting_machine import ABBA, ORDERS, PROCESSES, SHAPES, Array, Random, Sides, real, simulated

from pytest_relaybench.detect import Kind, compare_processes
from pytest_relaybench.detect.rank_test import rank_test
from pytest_relaybench.measure.interleave import Interleaver

FORKS = Path(__file__).resolve().parents[2] / "shared" / "detection" / "data" / "forks.json.gz"
STEP = 1.05
MOST = 20
MOST_FALSE, LEAST_POWER = 0.02, 0.75
SIGN = {Kind.SLOWER: 1, Kind.FASTER: -1, Kind.SAME: 0, Kind.UNSURE: 0}


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their heads, each column as wide as it must be."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print(f"\n{title}\n")
    for first, *others in lines:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print(f"  {first.ljust(widths[0])}", *cells, sep="  ")


def percent(part: float, digits: int = 1) -> str:
    """A share as text."""
    return f"{100 * part:.{digits}f} %"


def share(answers: Iterable[bool]) -> float:
    """How many of them are true."""
    return float(np.mean(list(answers)))


ERROR_HEAD = ["drift", *(f"{way}: {what}" for way in ORDERS for what in ("median", "95th", "false"))]


def errors(measured: Sequence[Sides]) -> list[str]:
    """Of equal builds: |ratio - 1|, its median and 95th percentile, and how often it became a verdict."""
    comparisons = [compare_processes(*sides) for sides in measured]
    errors = [abs(comparison.ratio - 1) for comparison in comparisons]
    middle, high = np.quantile(errors, [0.5, 0.95]).tolist()
    return [percent(middle, 2), percent(high, 2), percent(share(SIGN[one.kind] != 0 for one in comparisons))]


def drift_simulated(repetitions: int) -> None:
    """Table (a)."""
    random = np.random.default_rng(1)
    rows = []
    for name, shape in SHAPES.items():
        ways = [[simulated(order, shape, random) for _ in range(repetitions)] for order in ORDERS.values()]
        rows.append([name, *(cell for measured in ways for cell in errors(measured))])
    title = (
        f"(a) Error of the ratio of two equal builds while the machine drifts by 20 %, {PROCESSES} processes a side,"
    )
    table(f"{title} {repetitions} repetitions", ERROR_HEAD, rows)


def drift_real(repetitions: int) -> None:
    """Table (a) with real processes."""
    runs = [run for _ in range(repetitions) for run in real()]
    cells = [cell for way in ORDERS for cell in errors([sides for name, sides, _ in runs if name == way])]
    drift = percent(float(np.median([slowness for *_, slowness in runs])) - 1, 0)
    title = f"(a, real) The same with real processes and a load on their processor, {repetitions} repetitions"
    table(title, ERROR_HEAD, [[f"load, {drift} in the end", *cells]])


def signs(sides: Sides) -> dict[str, int]:
    """What each way says of the candidate: 1 slower, -1 faster, 0 neither."""
    base, candidate = sides
    p, ratio = rank_test(candidate[0], base[0]), float(np.median(candidate[0]) / np.median(base[0]))
    one = 1 if ratio > 1 else -1
    return {
        "rounds of one process, p < 0.05": one * (p < 0.05),
        "rounds of one process, p < 0.001": one * (p < 0.001),
        "the same, if medians are 2 % apart": one * (p < 0.001 and abs(ratio - 1) > 0.02),
        "5 processes, their medians (ours)": SIGN[compare_processes(base, candidate).kind],
        "5 processes, their minima": SIGN[compare_processes(base, candidate, quantile=0.0).kind],
    }


def shares(answers: Sequence[dict[str, int]], wanted: Callable[[int], bool]) -> dict[str, float]:
    """Of each way, the share of wanted answers."""
    return {way: share(wanted(answer[way]) for answer in answers) for way in answers[0]}


def a_against_a(repetitions: int) -> None:
    """Table (b)."""
    random = np.random.default_rng(2)
    answers = [signs(simulated(ABBA, SHAPES["none"], random)) for _ in range(repetitions)]
    rows = [[way, percent(called)] for way, called in shares(answers, bool).items()]
    table(
        f"(b) A against A, simulated, {repetitions} pairs: how often it cries wolf", ["way", "called different"], rows
    )


def split(forks: Array, random: Random) -> Sides:
    """Ten processes of one benchmark as five against five."""
    order = random.permutation(len(forks))
    return list(forks[order[:PROCESSES]]), list(forks[order[PROCESSES:]])


def times(factor: float, sides: Sides) -> Sides:
    """The same with a candidate that takes `factor` times as long."""
    base, candidate = sides
    return base, [factor * rounds for rounds in candidate]


def reached(false: float, power: float) -> str:
    """Whether both targets are."""
    return "reached" if false <= MOST_FALSE and power >= LEAST_POWER else "missed"


def forks_at_five(benchmarks: Sequence[Array], splits: int) -> None:
    """Table (c): five processes against five of the same program, in both orders."""
    random = np.random.default_rng(3)
    pairs = [split(forks, random) for forks in benchmarks for _ in range(splits)]
    false = shares([signs(pair) for base, candidate in pairs for pair in ((base, candidate), (candidate, base))], bool)
    slower = shares([signs(times(STEP, pair)) for pair in pairs], lambda sign: sign > 0)
    faster = shares([signs(times(1 / STEP, pair)) for pair in pairs], lambda sign: sign < 0)
    power = {way: (slower[way] + faster[way]) / 2 for way in false}
    rows = [[way, percent(false[way]), f"{power[way]:.3f}", reached(false[way], power[way])] for way in false]
    title = f"(c) Real programs: {len(benchmarks)} benchmarks, {splits} splits each of 10 processes into 5 and 5"
    table(title, ["way", "false, target <= 2 %", "found at 5 %, target >= 0.75", "targets"], rows)


def drawn(forks: Array, random: Random) -> Sides:
    """Two sides of 20 processes, drawn with replacement, and spread so that ten stand for the many they come from."""
    levels = np.log(np.median(forks, axis=1))
    wider = np.sqrt(len(forks) / (len(forks) - 1)) - 1
    pool = forks * np.exp(wider * (levels - levels.mean()))[:, None]
    base, candidate = (list(pool[random.integers(len(pool), size=MOST)]) for _ in range(2))
    return base, candidate


def ours(sides: Sides, most: int) -> tuple[Kind, int]:
    """The verdict of the program's own rule, and the processes a side that it took."""
    queues = {"base": iter(sides[0]), "candidate": iter(sides[1])}
    comparison = Interleaver(lambda side: next(queues[side]).tolist(), budget_s=1e9, most=most).run().comparison
    return comparison.kind, comparison.n_base


def after_every_pair(sides: Sides, most: int) -> tuple[Kind, int]:
    """The same by a rule that looks each time, at 95 %."""
    for done in range(PROCESSES, most + 1):
        kind = compare_processes(sides[0][:done], sides[1][:done]).kind
        if kind != Kind.UNSURE:
            return kind, done
    return Kind.UNSURE, most


SEQUENCES = {
    "at 5 (ours, at most 5)": (ours, 5),
    "at 5 and 10 (ours, at most 10)": (ours, 10),
    "at 5, 10 and 20 (ours, at most 20)": (ours, MOST),
    "after every pair from 5 to 20": (after_every_pair, MOST),
}
SEQUENCE_HEAD = [
    "looks",
    "false, <= 2 %",
    "found at 5 %, >= 0.75",
    "targets",
    "equal: same",
    "processes",
    "5 %: processes",
]


def forks_in_sequence(benchmarks: Sequence[Array], draws: int) -> None:
    """Table (d): processes are added until the verdict is clear."""
    random = np.random.default_rng(4)
    pairs = [drawn(forks, random) for forks in benchmarks for _ in range(draws)]
    rows = []
    for name, (rule, most) in SEQUENCES.items():
        equal, equal_processes = zip(*(rule(pair, most) for pair in pairs), strict=True)
        stepped, step_processes = zip(*(rule(times(STEP, pair), most) for pair in pairs), strict=True)
        false, power = share(SIGN[kind] != 0 for kind in equal), share(SIGN[kind] > 0 for kind in stepped)
        same = percent(share(kind == Kind.SAME for kind in equal), 0)
        costs = [f"{np.mean(processes):.1f}" for processes in (equal_processes, step_processes)]
        rows.append([name, percent(false), f"{power:.3f}", reached(false, power), same, *costs])
    title = f"(d) The same programs, processes added until the verdict is clear: {len(pairs)} pairs"
    table(title, SEQUENCE_HEAD, rows)


def main() -> None:
    """All tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: seconds instead of minutes")
    parser.add_argument("--real", action="store_true", help="also real processes under a real load: minutes more")
    options = parser.parse_args()
    drift_simulated(100 if options.quick else 1000)
    if options.real:
        drift_real(3 if options.quick else 12)
    a_against_a(200 if options.quick else 2000)
    if not FORKS.exists():
        print(f"\n(c) and (d) are left out: there is no {FORKS}, which may not be published with this project.")
        return
    benchmarks = [np.array(entry["forks"], dtype=float) for entry in json.loads(gzip.decompress(FORKS.read_bytes()))]
    forks_at_five(benchmarks, 2 if options.quick else 40)
    forks_in_sequence(benchmarks, 1 if options.quick else 10)


if __name__ == "__main__":
    main()
