"""Whether `relaybench bisect` finds the commit that made a kernel slower, and how long it looks.

    python -m benchmarks.bisection [--commits 16] [--slower 5] [--times 1]

Real commits, builds and runs of a small C++ kernel. Each bisection prints what it found, its seconds, and its measured
commits against the fewest that halving needs. On a noisy machine it may end with a range, which is right as well.
"""

from __future__ import annotations

import argparse
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from tests.integration.test_bisect import make_home
from tests.variants.fake_tvm import USUAL_WORK, Repo, commit_change, make_repository

EXPERIMENT = """
from pytest_relaybench import ExperimentConfig

class Config(ExperimentConfig):
    budget_s: float = 0.2
    compare_budget_s: float = 900.0

def test_run(bench, tvm_variant):
    import tvm
    bench(tvm.run, 1000)
"""


def history(root: Path, commits: int, culprit: int, slower: float) -> tuple[Repo, list[str]]:
    """A repository whose kernel is `slower` per cent slower from the commit number `culprit` on."""
    repo = make_repository(root / "repo")
    after = round(USUAL_WORK * (1 + slower / 100))
    return repo, [commit_change(repo, work=USUAL_WORK if number < culprit else after) for number in range(commits)]


def bisect(root: Path, commits: int, slower: float) -> str:
    """One bisection in `root`, told in a line."""
    culprit = random.randrange(1, commits)
    repo, made = history(root, commits, culprit, slower)
    (root / "bench").mkdir()
    (root / "bench" / "test_kernel.py").write_text(EXPERIMENT)
    (root / "pytest.ini").touch()
    make_home(root / "H", repo)
    question = ["kernel", "-k", "test_run", "--good", made[0], "--bad", "main", "--remote", "fake", "--home", "H"]
    start = perf_counter()
    found = subprocess.run(
        [sys.executable, "-m", "pytest_relaybench", "bisect", *question],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = perf_counter() - start
    if f"{made[culprit]} is the first bad commit" in found.stdout:
        told = "found"
    else:
        told = "among several" if made[culprit] in found.stdout.partition("It is one of these")[2] else "NOT FOUND"
    if told == "NOT FOUND":
        told += f" ({made[culprit]}):\n{found.stdout}{found.stderr}"
    table = found.stdout.partition("against the good one")[2]  # progress, above it, tells the same comparisons
    measured = sum(line.endswith("%)") for line in table.splitlines())
    return f"{told}, {seconds:.0f} s, {measured / (1 + math.log2(commits - 1)):.1f} times the fewest comparisons"


def main() -> None:
    """Ask and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=16)
    parser.add_argument("--slower", type=float, default=5, help="per cent")
    parser.add_argument("--times", type=int, default=1)
    options = parser.parse_args()
    for _ in range(options.times):
        with tempfile.TemporaryDirectory() as folder:
            print(bisect(Path(folder), options.commits, options.slower), flush=True)


if __name__ == "__main__":
    main()
