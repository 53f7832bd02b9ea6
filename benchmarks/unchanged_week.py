"""A week of nights on unchanged code, then planted slowdowns: what is raised, and how soon.

    python benchmarks/unchanged_week.py [--nights 10] [--keep FOLDER]

Runs real nights (`pytest ... --home H`) on this machine: matrix products, Nature-DQN on the installed TVM, and a small
compiled kernel of a git repository that gets a commit every night. The commits of the first nights change nothing.
Then the kernel becomes 5 % slower, is mended, becomes 10 % slower and is mended again. Nothing is asserted: it prints
what each night said, how many alerts the unchanged nights raised (none is wanted) and the nights until each step was
told. Takes about a minute a night; a machine on which others work is a fairer test than a quiet one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from tests.variants.fake_tvm import Repo, commit_change, make_repository  # noqa: E402, the checkout is found first

USUAL_WORK = 1000
PLANTED = (1050, 1100)  # of USUAL_WORK
NIGHTS_EACH = 3  # of a planted step, and after it was mended
EXPERIMENT = '''
"""A small kernel in C++."""
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [200, 1000])

def test_kernel(size, bench, tvm_variant):
    import tvm
    bench(tvm.run, size)
'''
CONFIGS: dict[str, dict[str, Any]] = {
    "matmul": {"active": True, "sizes": [64, 256, 1024]},
    "relay_opt": {"active": True, "networks": ["nature-dqn"], "opt_levels": [0, 3]},
    "kernel": {"active": True, "variants": ["fake"], "compare_budget_s": 120},
}
SUBSYSTEM = {"stat_alerts": {"active": True}}


@dataclass(frozen=True)
class Night:
    """What one night said: series by the word of their verdict, and the words of what was measured again."""

    name: str
    seconds: float
    status: int
    kinds: dict[str, list[str]]
    again: list[str]


def make_home(root: Path, repo: Repo) -> Path:
    """A home of the three experiments, whose git builds use the tools that are here."""
    entry = {"kind": "git", "remote": repo.remote, "ref": "main", "build_isolation": False}
    home = root / "home"
    folders = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
    files = {"config.json": {**folders, "variants": {"fake": entry}}}
    files |= {f"config/experiments/{name}/config.json": config for name, config in CONFIGS.items()}
    files |= {f"config/subsystem/{name}/config.json": config for name, config in SUBSYSTEM.items()}
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    (root / "bench").mkdir()
    (root / "bench" / "test_kernel.py").write_text(EXPERIMENT)
    return home


def run_night(root: Path, home: Path, name: str) -> Night:
    """One real night, and what it said."""
    modules = [CHECKOUT / "bench" / "test_matmul.py", CHECKOUT / "bench" / "test_relay_opt.py", root / "bench"]
    command = [sys.executable, "-m", "pytest", *map(str, modules), "--home", str(home), "-q", f"--rootdir={CHECKOUT}"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    newest = max((home / "results" / "runs").iterdir())
    verdicts = json.loads((newest / "verdicts.json").read_text()) if (newest / "verdicts.json").is_file() else {}
    kinds: dict[str, list[str]] = {}
    for row in verdicts.get("series", []):
        kinds.setdefault(row["kind"], []).append(f"{row['experiment']} {row['params']} {row['metric']}")
    again = [
        f"{row['experiment']} {row['params']} {row['metric']}: {row['reason']}"
        for row in verdicts.get("series", [])
        if row["confirmed"] or row["reason"].startswith(("measured", "could not"))
    ]
    if done.returncode:
        print(done.stdout[-3000:], file=sys.stderr)
    return Night(name, seconds, done.returncode, kinds, again)


def week(root: Path, nights: int) -> Iterator[tuple[Night, int]]:
    """Each night with the work of its kernel."""
    repo = make_repository(root / "repo")
    home = make_home(root, repo)
    works = [USUAL_WORK] * nights
    for work in PLANTED:
        works += [work] * NIGHTS_EACH + [USUAL_WORK] * NIGHTS_EACH
    for number, work in enumerate(works, start=1):
        commit_change(repo, work=work)
        yield run_night(root, home, f"night {number}"), work


def main() -> None:
    """Run the nights and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=10, help="nights on unchanged code before the first step")
    parser.add_argument("--keep", type=Path, help="an empty folder for home and repository, kept afterwards")
    arguments = parser.parse_args()
    root = arguments.keep or Path(tempfile.mkdtemp(prefix="relaybench-week-"))
    root.mkdir(parents=True, exist_ok=True)
    false, found, before, begins = [], {}, USUAL_WORK, 1
    for number, (night, work) in enumerate(week(root, arguments.nights), start=1):
        worse = night.kinds.get("slower", [])
        kernel = [name for name in worse if name.startswith("kernel") and name.endswith(" time")]
        begins = number if work != before else begins
        before = work
        counts = ", ".join(f"{len(names)} {kind}" for kind, names in sorted(night.kinds.items()))
        print(f"{night.name:9} work {work}  {night.seconds:4.0f} s  status {night.status}  {counts}", flush=True)
        for line in night.again:
            print(f"          {line}", flush=True)
        if work != USUAL_WORK and kernel:
            found.setdefault(work, number - begins)
        false += [name for name in worse if number <= arguments.nights or not name.startswith("kernel")]
    print(f"\nraised where nothing had changed: {len(false)}", *false, sep="\n  ")
    for work in PLANTED:
        step = f"{100 * work / USUAL_WORK - 100:.0f} %"
        print(f"{step} slower: " + (f"told {found[work]} nights after its first" if work in found else "not told"))


if __name__ == "__main__":
    main()
