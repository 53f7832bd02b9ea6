"""What the harness costs: `python benchmarks/harness_overhead.py [--quick]`, about two minutes (quick: half a minute).

Table (a), a night of many small tests. Each of 200 parameter combinations times a pure-Python loop of about 1 ms with
`bench`, for 30 ms after its warm-up, in a real home: child process, fsynced journal, record, table, graphs, summary,
both archives; no subsystem. `wall` is the whole command from its start to its exit. `plain` is the same loop called as
often as the night has called it, warm-up and all, in a bare `for` statement. `ratio` is their quotient, and
`ms/combination` the milliseconds that the harness adds to each combination: `of tests` while tests run, `of graphs`
for their graphs, the rest for everything else. `fixed` is the same for a night of two combinations: nearly all of it
is what any night costs. The row after it, `each further one`, is the difference of the two nights. Nothing is
subtracted anywhere else.

Table (b), one call. The same functions are timed by `bench` and by `timeit` in turns, in one process, several times;
the best of each counts. `ratio` is bench over timeit: 1 means that nothing is added. A call through `bench` costs some
tens of nanoseconds more, since it passes arguments; that is a ratio of about 2 for a function that does nothing, and
nothing that can be told from noise for one that takes 30 µs.

Read ratios, not seconds: they hold on other machines, as long as nothing else runs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_relaybench.machine import machine_facts, versions

COMBINATIONS, QUICK_COMBINATIONS, FEW = 200, 20, 2
ROUNDS = 30
WORK_S = 1e-3
TURNS, QUICK_TURNS = 7, 2
FUNCTIONS = {"no-op": 0.0, "1 µs": 1e-6, "30 µs": 30e-6, "1 ms": 1e-3}

NIGHT = """
import json
from pathlib import Path
import pytest
from pytest_relaybench import ExperimentConfig

class Config(ExperimentConfig):
    combinations: int = 1
    terms: int = 1
    counts: str = ""

@pytest.fixture(scope="session")
def counted(experiment_config):
    calls = []
    yield calls.append
    Path(experiment_config.counts).write_text(str(len(calls)))

@pytest.mark.parametrize("number", range(COMBINATIONS))
def test_work(bench, number, counted, experiment_config):
    terms = experiment_config.terms
    def work():
        counted(None)
        return sum(range(terms))
    bench(work)
"""
CALLS = """
import json, timeit
from pathlib import Path
import pytest
from pytest_relaybench import ExperimentConfig

class Config(ExperimentConfig):
    functions: dict[str, int]
    turns: int
    found: str

def made(terms):
    def nothing(): pass
    def work(): sum(range(terms))
    return work if terms else nothing

@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("name", NAMES)
def test_call(bench, name, turn, experiment_config):
    function = made(experiment_config.functions[name])
    bench(function)
    ours = min(next(entry for entry in bench.metrics if entry.name == "time").samples)
    timer = timeit.Timer(function)
    number, seconds = timer.autorange()
    number = max(1, int(number * 1e-3 / seconds))
    theirs = min(timer.repeat(max(5, int(experiment_config.budget_s / 1e-3)), number)) / number
    with open(experiment_config.found, "a") as file:
        file.write(json.dumps([name, ours, theirs]) + chr(10))
"""


@dataclass(frozen=True)
class NightCost:
    """Seconds of a night, of its tests and its graphs, and of the same calls without a night."""

    combinations: int
    calls: int
    wall_s: float
    tests_s: float
    graphs_s: float
    plain_s: float

    @property
    def harness_s(self) -> float:
        """What the night adds."""
        return self.wall_s - self.plain_s


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both comparisons and print them."""
    parser = argparse.ArgumentParser(description="What the harness costs, as ratios.")
    parser.add_argument("--quick", action="store_true", help="fewer combinations and turns")
    quick = parser.parse_args(arguments).quick
    print(_heading())
    terms = terms_for(WORK_S)
    few, many = (night_cost(count, terms) for count in (FEW, QUICK_COMBINATIONS if quick else COMBINATIONS))
    print(_night_table(few, many))
    print(_call_table(call_times(QUICK_TURNS if quick else TURNS)))
    return 0


def terms_for(seconds: float) -> int:
    """How many numbers `sum(range(n))` adds in about these seconds on this machine; 0 for no seconds."""
    if not seconds:
        return 0
    count, taken = 32, 0.0
    while taken < max(seconds, 1e-4):
        count *= 2
        taken = min(timeit.repeat(f"sum(range({count}))", number=1, repeat=5))
    return max(1, round(count * seconds / taken))


def night_cost(combinations: int, terms: int) -> NightCost:
    """One night of so many combinations, and then its calls in a bare loop."""
    with tempfile.TemporaryDirectory(prefix="relaybench-overhead-") as folder:
        counts = Path(folder) / "calls"
        code = NIGHT.replace("COMBINATIONS", str(combinations))
        config = {"budget_s": ROUNDS * WORK_S, "terms": terms, "counts": str(counts)}
        wall_s = run_night(Path(folder), code, config)
        calls = int(counts.read_text())
        tests_s, graphs_s = _parts(Path(folder) / "H" / "results")
    return NightCost(combinations, calls, wall_s, tests_s, graphs_s, _plain(calls, terms))


def _parts(results: Path) -> tuple[float, float]:
    """Seconds from the first test's start to the last one's end, and of the graphs."""
    (run,) = results.glob("runs/*/run.json")
    graphs = results / "experiments" / "status" / "cost" / "visualization.json"
    return json.loads(run.read_text())["experiments"]["cost"]["duration_s"], json.loads(graphs.read_text())[
        "duration_s"
    ]


def _plain(calls: int, terms: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        sum(range(terms))
    return time.perf_counter() - started


def run_night(folder: Path, code: str, config: dict[str, Any]) -> float:
    """Seconds of `pytest bench --home H` with one experiment; raises CalledProcessError when it does not pass."""
    (folder / "bench").mkdir()
    (folder / "bench" / "test_cost.py").write_text(code)
    place = folder / "H" / "config" / "experiments" / "cost"
    place.mkdir(parents=True)
    (folder / "H" / "config.json").write_text(
        json.dumps({"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False})
    )
    (place / "config.json").write_text(json.dumps({"active": True, **config}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RELAYBENCH", "PYTEST"))}
    command = [sys.executable, "-m", "pytest", "bench", "--home", "H", "-q", "-p", "no:cacheprovider"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"the night failed:\n{done.stdout}{done.stderr}")
    return seconds


def call_times(turns: int) -> dict[str, tuple[float, float]]:
    """Function → seconds of one call by `bench` and by `timeit`, the best of all turns."""
    with tempfile.TemporaryDirectory(prefix="relaybench-overhead-") as folder:
        found = Path(folder) / "found"
        code = CALLS.replace("TURNS", str(turns)).replace("NAMES", repr(list(FUNCTIONS)))
        functions = {name: terms_for(seconds) for name, seconds in FUNCTIONS.items()}
        run_night(Path(folder), code, {"budget_s": 0.2, "functions": functions, "turns": turns, "found": str(found)})
        lines = [json.loads(line) for line in found.read_text().splitlines()]
    return {
        name: (min(ours for which, ours, _ in lines if which == name), min(t for which, _, t in lines if which == name))
        for name in FUNCTIONS
    }


def _heading() -> str:
    facts, parts = machine_facts(), versions()
    load = facts["load_average"][0]
    used = ", ".join(f"{name} {parts[name]}" for name in ("pytest-relaybench", "pytest", "pytest-benchmark"))
    return f"{facts['cpu_model']}, {facts['cores']} cores, load {load}, Python {facts['python']}, {used}"


def _night_table(few: NightCost, many: NightCost) -> str:
    row = "{:<18}{:>7}{:>9}{:>9}{:>7}{:>16}{:>12}{:>12}".format
    lines = ["", f"(a) nights of a 1 ms loop, rounds of {ROUNDS * WORK_S * 1e3:.0f} ms in all a combination"]
    lines.append(row("combinations", "calls", "wall s", "plain s", "ratio", "ms/combination", "of tests", "of graphs"))
    for cost in (many, few):
        name = f"{cost.combinations}" if cost is many else f"{cost.combinations} (fixed)"
        parts = (cost.harness_s, cost.tests_s - cost.plain_s, cost.graphs_s)
        each_ms = (f"{part / cost.combinations * 1e3:.1f}" for part in parts)
        ratio = f"{cost.wall_s / cost.plain_s:.2f}"
        lines.append(row(name, cost.calls, f"{cost.wall_s:.2f}", f"{cost.plain_s:.2f}", ratio, *each_ms))
    further = many.combinations - few.combinations
    added = (
        many.harness_s - few.harness_s,
        many.tests_s - few.tests_s - many.plain_s + few.plain_s,
        many.graphs_s - few.graphs_s,
    )
    each_ms = (f"{part / further * 1e3:.1f}" for part in added)
    return "\n".join([*lines, row("each further one", "", "", "", "", *each_ms)])


def _call_table(times: dict[str, tuple[float, float]]) -> str:
    row = "{:<10}{:>14}{:>14}{:>10}{:>14}".format
    lines = ["", "(b) one call", row("function", "bench ns", "timeit ns", "ratio", "difference ns")]
    for name, (ours, theirs) in times.items():
        difference = f"{(ours - theirs) * 1e9:+.0f}"
        lines.append(row(name, f"{ours * 1e9:.0f}", f"{theirs * 1e9:.0f}", f"{ours / theirs:.3f}", difference))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
