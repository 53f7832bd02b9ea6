"""What publishing costs, against `asv publish` on the same history: `python -m benchmarks.site [--quick]`.

Makes a home of nights (its docstring in tests/browser/large_home.py tells what is real in it), and the same values as
asv keeps them: a repository with a commit a night, a file of results for each. Then, each as the command that people
run, start of Python included:

- full: `relaybench site H` where there is no site yet;
- nightly: the same after one more night, which it reads, too;
- asv: `asv publish`, which begins from nothing every time.

Prints seconds by the clock and of CPU, all processes together, and their ratios; the bytes of both sites; and when
Chromium first paints our overview and our fullest page (median of five loads from a server on this machine). asv is in
the extra `yardstick`; where it lies elsewhere, `--asv PATH` names it. Without one only our numbers are printed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.asv_history import write_history
from pytest_relaybench.home import SENTINELS, Home
from tests.browser.large_home import add_night, dashboard_of, make_large_home
from tests.browser.large_records import FORMER, TODAYS
from tests.browser.opening import kinds_of
from tests.browser.screenshots import launch
from tests.browser.serving import served

SERIES = 6  # of an experiment
SHAPES = {109_500: (25, 730), 300_000: (50, 1000)}  # points → experiments and nights
QUICK = 10_950
LOADS = 5
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@dataclass(frozen=True)
class Spent:
    """Seconds of one command, by the clock and of CPU."""

    wall_s: float
    cpu_s: float

    def over(self, other: Spent) -> str:
        """How many times as long as the other."""
        return f"{self.wall_s / other.wall_s:.2f} (CPU {self.cpu_s / other.cpu_s:.2f})"

    def __str__(self) -> str:
        """In words."""
        return f"{self.wall_s:6.1f} s, CPU {self.cpu_s:6.1f} s"


def timed(command: Sequence[str | Path], folder: Path) -> Spent:
    """Run it to its end; an assertion with its last words when it fails."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    after, ended = os.times(), time.perf_counter()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(ended - began, cpu)


def shape_of(points: int) -> tuple[int, int]:
    """Experiments and nights that come to about so many points."""
    if points in SHAPES:
        return SHAPES[points]
    nights = min(730, max(60, points // SERIES // 5))
    return max(1, round(points / SERIES / nights)), nights


def size_of(folder: Path, *, without: str = "source") -> int:
    """Bytes of all files, not counting the folder that MkDocs builds from."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != without)
    return sum(path.stat().st_size for path in files)


def paints(site: Path, names: Sequence[str]) -> dict[str, float]:
    """Page → milliseconds until something of it is seen, a fresh browser's context for each load."""
    with sync_playwright() as playwright, served(site) as address:
        browser = launch(playwright)
        found = {name: statistics.median(_paint(browser, address + name) for _ in range(LOADS)) for name in names}
        browser.close()
    return found


def _paint(browser, address: str) -> float:  # type: ignore[no-untyped-def]
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(f"({PAINT}) !== null")
    told = float(page.evaluate(PAINT))
    context.close()
    return told


def published(home: Home, experiments: int, nights: int) -> tuple[Spent, Spent]:
    """The full publication, and that of one more night."""
    command = [sys.executable, "-m", "pytest_relaybench", "site", home.root]
    full = timed(command, home.root)
    add_night(home, experiments=experiments, nights=nights)
    return full, timed(command, home.root)


def measure(points: int, asv: str | None, folder: Path) -> None:
    """Print everything about a history of about so many points."""
    experiments, nights = shape_of(points)
    home = make_large_home(folder / "home", experiments=experiments, nights=nights, held_back=1)
    full, nightly = published(home, experiments, nights)
    site = home.subsys_output_dir("website")
    frame = dashboard_of(home).table.frame()
    frame = frame[frame["experiment"] != SENTINELS]
    print(f"\n{len(frame):,} points: {experiments} experiments, {SERIES} series each, {nights} nights")
    print(f"  full publication     {full}\n  nightly publication  {nightly}")
    print(f"  size of the site     {size_of(site) / 1e6:6.1f} MB")
    busiest = kinds_of(site)["experiments"]
    for name, milliseconds in paints(site, ["index.html", busiest]).items():
        print(f"  first paint          {milliseconds:6.0f} ms  {name}, {(site / name).stat().st_size / 1e3:.0f} kB")
    if asv is None:
        print("  asv: not found (pip install 'pytest-relaybench[yardstick]', or --asv PATH)")
        return
    write_history(folder / "asv", frame, {machine["id"]: machine for machine in (FORMER, TODAYS)})
    theirs = timed([asv, "publish", "--no-pull"], folder / "asv")
    print(f"  asv publish          {theirs}")
    print(f"  size of asv's site   {size_of(folder / 'asv' / 'html', without='') / 1e6:6.1f} MB")
    print(f"  full / asv           {full.over(theirs)}\n  nightly / asv        {nightly.over(theirs)}")


def main() -> None:
    """Print the numbers for every size asked for."""
    parser = argparse.ArgumentParser(description="what publishing costs, against asv")
    parser.add_argument("--points", type=int, nargs="+", default=list(SHAPES), help="109500 and 300000")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} points alone")
    parser.add_argument("--asv", help="the program, where it is not on the path or beside this Python")
    options = parser.parse_args()
    beside = shutil.which("asv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    for points in [QUICK] if options.quick else options.points:
        with tempfile.TemporaryDirectory(prefix="relaybench-") as folder:
            measure(points, options.asv or beside, Path(folder))


if __name__ == "__main__":
    main()
