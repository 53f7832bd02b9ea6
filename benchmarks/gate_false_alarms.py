"""How often a side-by-side gate fails by chance, and how often it finds a step of 5 %: with and without correction.

Each gate has 50 series, one of them 5 % slower. Processes differ by a share of noise with heavy tails (Student's t with
3 degrees of freedom). Seeded; about five minutes, `--quick`: one.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_relaybench.detect import Kind
from pytest_relaybench.gate import Terms, judge, side_by_side

N_SERIES, STEP = 50, 1.05
TAILS_DF = 3
PROCESSES, NOISES = (5, 10, 20), (0.005, 0.01, 0.02, 0.04)


@dataclass
class Counts:
    """Of the gates of one setting: how many failed for an unchanged series, how many for the changed one."""

    false: int = 0
    found: int = 0


def gates(n_gates: int, n_processes: int, noise: float) -> tuple[Counts, Counts]:
    """Counts of series called slower each by itself, and of the gate."""
    random = np.random.default_rng(1)
    alone, together = Counts(), Counts()
    for _ in range(n_gates):
        pieces = [
            piece
            for number in range(N_SERIES)
            for piece in side_by_side(
                "experiment",
                measured(number, random, STEP if number == 0 else 1.0, n_processes, noise),
                "machine",
                confidence=0.95,
                most=PROCESSES[-1],
            )
        ]
        slower = [piece.kind == Kind.SLOWER for piece in pieces]
        failing = [finding.test for finding in judge(pieces, {}, Terms()).failing]
        alone.false += any(slower[1:])
        alone.found += slower[0]
        together.false += any(test != "test_0" for test in failing)
        together.found += "test_0" in failing
    return alone, together


def measured(number: int, random: np.random.Generator, ratio: float, n_processes: int, noise: float) -> dict[str, Any]:
    """What a journal would keep of one test, a sample a process."""
    scale = noise / np.sqrt(TAILS_DF / (TAILS_DF - 2))
    metrics = [
        {
            "name": "time",
            "unit": "s",
            "direction": "lower",
            "variant": variant,
            "samples": [float(v) for v in level * np.exp(scale * random.standard_t(TAILS_DF, n_processes))],
            "reps": list(range(n_processes)),
        }
        for variant, level in (("base", 1.0), ("candidate", ratio))
    ]
    comparison = {"base": "base", "base_hash": None, "candidate": "candidate", "candidate_hash": None}
    return {"test": f"test_{number}", "params": {}, "metrics": metrics, "comparisons": [comparison]}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 gates a setting, not 60")
    n_gates = 10 if parser.parse_args().quick else 60
    print(
        "| processes | noise | gates that fail by chance: each series alone, corrected | 5 % found: alone, corrected |"
    )
    print("|---|---|---|---|")
    for n_processes in PROCESSES:
        for noise in NOISES:
            alone, together = gates(n_gates, n_processes, noise)
            shares = [f"{count / n_gates:.0%}" for count in (alone.false, together.false, alone.found, together.found)]
            print(f"| {n_processes} | {noise:.1%} | {shares[0]}, {shares[1]} | {shares[2]}, {shares[3]} |", flush=True)


if __name__ == "__main__":
    main()
