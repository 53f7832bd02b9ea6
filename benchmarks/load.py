"""How does the cost of a night grow? Many tests, experiments or combinations: a quarter, a half and all of them.

    python benchmarks/load.py [--quick] [--repeat N] [--only tests experiments inactive collect select]

- tests: 1,000 tests in one experiment, a whole night in a home with every subsystem;
- experiments: 300 experiments with a test each, likewise; each has a child of its own;
- inactive: the same home with all but one of them inactive;
- collect, select: 20,000 combinations of one experiment's axes, `--collect-only` and a night of `-k` one of them.

Each row is one command from its start to its exit: seconds by the clock, seconds of the processor (children included),
and the greatest memory of the parent and of any child. `growth` is what an item costs of the processor between half
and all over what it costs between a quarter and half, so that what any night costs drops out: 1 is linear, 2 quadratic.
Above 1.5 the command ends with status 1. The last row of each table is plain pytest, with pytest-benchmark's `pedantic`
where something is timed, over as many tests.

Read the processor's seconds: they bear other work on the machine, the clock's do not.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

SIZES = {"tests": 1000, "experiments": 300, "inactive": 300, "collect": 20_000, "select": 20_000}
QUICK_PART = 10
STEPS = (4, 2, 1)  # parts of the whole
TOO_MUCH = 1.5
LEAST_S = 1.0  # between two sizes: less is the noise of one command
AXIS = 100  # values of the second axis
HOME = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
SUBSYSTEMS = ("score", "stat_alerts", "exp_reports", "subsys_reporter", "website")
QUICK_CONFIG = {"active": True, "budget_s": 0.001}
NIGHT = ("--home", "H")
WITHOUT_US = ("-p", "no:relaybench")
ONE_OF_THEM = ("-k", "[0-0]")

# in parent and children: what each took, told when it ends
CONFTEST = """
import json
import os
import time
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    kind = "child" if hasattr(config, "workerinput") else "parent"
    high = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    told = {"mib": int(high) / 1024, "cpu_s": time.process_time()}
    Path(config.rootpath, "told", f"{kind}-{os.getpid()}").write_text(json.dumps(told))
"""
EXPERIMENT = """
from pytest_relaybench import ExperimentConfig, axis


class Config(ExperimentConfig):
    cases: list[int] = axis("case", [0])
    sizes: list[int] = axis("size", [0])


def test_it(bench, case, size):
    assert bench(sum, (case, size)) == case + size
"""
ONE_TEST = """
def test_it(bench):
    assert bench(sum, (1, 2)) == 3
"""
PLAIN = """
import pytest


@pytest.mark.parametrize("size", range({sizes}))
@pytest.mark.parametrize("case", range({cases}))
def test_it(benchmark, case, size):
    assert benchmark.pedantic(sum, ((case, size),), rounds=20, warmup_rounds=1) == case + size
"""


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds by the clock, of the processor in all and in parts, memory at most."""

    items: int
    wall_s: float
    cpu_s: float
    parent_s: float
    children_s: float
    parent_mib: float
    child_mib: float | None  # None where there was none


@dataclass(frozen=True)
class Load:
    """One table: how a project of a size is made, the command's options, and the same for plain pytest."""

    title: str
    make: Callable[[Path, int], None]
    options: tuple[str, ...]
    make_plain: Callable[[Path, int], None]
    plain_options: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each load; 1 when the cost of an item grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of each size")
    parser.add_argument("--only", nargs="+", choices=LOADS, default=list(LOADS), help="some of the tables")
    parser.add_argument("--repeat", type=int, default=1, help="times for each command, of which the cheapest counts")
    options = parser.parse_args(arguments)
    part = QUICK_PART if options.quick else 1
    worst = max(show(LOADS[name], SIZES[name] // part, options.repeat) for name in options.only)
    return int(worst > TOO_MUCH)


def show(load: Load, whole: int, repeat: int) -> float:
    """Measure and print one table; how the cost of an item grows."""
    row = "{:<14}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}{:>10}".format
    print(f"\n{load.title}")
    print(row("", "wall s", "CPU s", "ms/item", "parent s", "child s", "MiB", "child MiB"))
    costs = []
    for part in STEPS:
        costs.append(cheapest(repeat, load.make, load.options, whole // part))
        print(row(f"{costs[-1].items:,}", *cells(costs[-1])), flush=True)
    plain = cheapest(repeat, load.make_plain, (*WITHOUT_US, *load.plain_options), whole)
    print(row("plain pytest", *cells(plain)), flush=True)
    found = growth(costs)
    print(f"growth {found:.2f}; {costs[-1].cpu_s / plain.cpu_s:.1f} times plain pytest's CPU time")
    return found


def cells(cost: Cost) -> list[str]:
    """Of a table's row."""
    child = "" if cost.child_mib is None else f"{cost.child_mib:.0f}"
    seconds = [f"{value:.1f}" for value in (cost.wall_s, cost.cpu_s)]
    parts = [f"{value:.1f}" for value in (cost.parent_s, cost.children_s)]
    return [*seconds, f"{cost.cpu_s / cost.items * 1e3:.1f}", *parts, f"{cost.parent_mib:.0f}", child]


def growth(costs: Sequence[Cost]) -> float:
    """What an item more costs from half to all, over what it costs from a quarter to half."""
    quarter, half, whole = costs
    early = (half.cpu_s - quarter.cpu_s) / (half.items - quarter.items)
    late = (whole.cpu_s - half.cpu_s) / (whole.items - half.items)
    # a difference within the noise of what any night costs tells nothing
    least = LEAST_S / (half.items - quarter.items)
    return max(late, least) / max(early, least)


def cheapest(repeat: int, make: Callable[[Path, int], None], options: Sequence[str], items: int) -> Cost:
    """Of so many tries, since a busy machine's caches and threads make the same work dearer."""
    return min((measured(make, options, items) for _ in range(repeat)), key=lambda cost: cost.cpu_s)


def measured(make: Callable[[Path, int], None], options: Sequence[str], items: int) -> Cost:
    """One command in a project of its own; raises SystemExit when it fails."""
    with tempfile.TemporaryDirectory(prefix="relaybench-load-") as folder:
        root = Path(folder)
        (root / "told").mkdir()
        write(root / "conftest.py", CONFTEST)
        write(root / "pytest.ini", "[pytest]\ntestpaths = bench\n")
        make(root, items)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RELAYBENCH", "PYTEST"))}
        command = [sys.executable, "-m", "pytest", "bench", "-q", "-p", "no:cacheprovider", *options]
        before, started = children_cpu_s(), time.perf_counter()
        done = subprocess.run(command, cwd=root, env=kept, capture_output=True, text=True, check=False)
        wall_s, cpu_s = time.perf_counter() - started, children_cpu_s() - before
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr}")
        parent, children = (told(root, kind) for kind in ("parent", "child"))
    return Cost(
        items,
        wall_s,
        cpu_s,
        parent_s=sum(one["cpu_s"] for one in parent),
        children_s=sum(one["cpu_s"] for one in children),
        parent_mib=max(one["mib"] for one in parent),
        child_mib=max((one["mib"] for one in children), default=None),
    )


def told(root: Path, kind: str) -> list[dict[str, float]]:
    """What processes of this kind said when they ended."""
    return [json.loads(path.read_text()) for path in (root / "told").glob(f"{kind}-*")]


def children_cpu_s() -> float:
    """Seconds of the processor that ended processes took, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def combined(root: Path, combinations: int) -> None:
    """One experiment with so many combinations."""
    make_home(root)
    write(root / "bench" / "test_load.py", EXPERIMENT)
    write(root / "H/config/experiments/load/config.json", {**QUICK_CONFIG, **axes(combinations)})


def spread(root: Path, experiments: int, *, all_active: bool) -> None:
    """So many experiments with one test; the first of them runs, or all."""
    make_home(root)
    for number in range(experiments):
        write(root / "bench" / f"test_load_{number}.py", ONE_TEST)
        config = {**QUICK_CONFIG, "active": all_active or number == 0}
        write(root / f"H/config/experiments/load_{number}/config.json", config)


def plain_together(root: Path, tests: int) -> None:
    """One module of so many plain tests."""
    plain(root, "one", tests)


def plain_spread(root: Path, modules: int) -> None:
    """So many modules of one plain test."""
    for number in range(modules):
        plain(root, str(number), 1)


def plain(root: Path, name: str, tests: int) -> None:
    """A module without us."""
    values = {axis: len(found) for axis, found in axes(tests).items()}
    write(root / "bench" / f"test_plain_{name}.py", PLAIN.format(**values))


def axes(combinations: int) -> dict[str, list[int]]:
    """Two axes whose product has so many values."""
    second = min(AXIS, combinations)
    return {"cases": list(range(combinations // second)), "sizes": list(range(second))}


def make_home(root: Path) -> None:
    """A home with the subsystems that a night in any home has work for."""
    write(root / "H" / "config.json", HOME)
    for name in SUBSYSTEMS:
        write(root / "H" / "config" / "subsystem" / name / "config.json", {"active": True})


def write(path: Path, content: object) -> None:
    """A text as it is, anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


LOADS = {
    "tests": Load("tests of one experiment, a night", combined, NIGHT, plain_together),
    "experiments": Load("experiments with a test each, a night", partial(spread, all_active=True), NIGHT, plain_spread),
    "inactive": Load(
        "experiments, all but one inactive, a night",
        partial(spread, all_active=False),
        NIGHT,
        plain_spread,
        ("-k", "plain_0.py"),
    ),
    "collect": Load(
        "combinations, --collect-only", combined, (*NIGHT, "--collect-only"), plain_together, ("--collect-only",)
    ),
    "select": Load(
        "combinations, a night of -k one of them", combined, (*NIGHT, *ONE_OF_THEM), plain_together, ONE_OF_THEM
    ),
}

if __name__ == "__main__":
    sys.exit(main())
