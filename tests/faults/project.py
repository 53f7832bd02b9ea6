"""A project whose night takes two seconds, run as people run it: as a process of its own; and what its home holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_relaybench.history.journal import TEST, read_journal
from pytest_relaybench.history.records import canonical, read_record
from pytest_relaybench.home import Home, open_home

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 120
QUICK = {"active": True, "budget_s": 0.01}
HOME = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
EXPERIMENT = """
import time

import pytest


@pytest.mark.parametrize("case", range({tests}))
def test_it(bench, case):
    assert bench(sum, (case, 2)) == case + 2
    time.sleep({pause_s})
"""

Test = tuple[str, str, str, str]  # run, experiment, test, parameters


@dataclass(frozen=True)
class Project:
    """A folder with `bench/` and a home `H`."""

    root: Path

    @property
    def home_folder(self) -> Path:
        return self.root / "H"

    @property
    def home(self) -> Home:
        return open_home(self.home_folder)

    def experiment(self, name: str, code: str = EXPERIMENT, **config: Any) -> None:
        """Write an experiment and its config."""
        (self.root / "bench").mkdir(parents=True, exist_ok=True)
        (self.root / "bench" / f"test_{name}.py").write_text(code)
        self.config(f"config/experiments/{name}/config.json", {**QUICK, **config})

    def config(self, path: str, content: Mapping[str, Any]) -> Path:
        """Write a JSON file below the home."""
        file = self.home_folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
        return file

    def command(self, *arguments: str) -> list[str]:
        """The night, as typed."""
        return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "bench", "--home", "H", *arguments]

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """As a person's: nothing of the tests that this runs in, and what `env` adds."""
        outside = ("PYTEST_", "RELAYBENCH_", "GITHUB_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
        paths = [str(CHECKOUT), *filter(None, [kept.get("PYTHONPATH")])]
        return {**kept, "PYTHONPATH": os.pathsep.join(paths), **(env or {})}

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **popen: Any) -> subprocess.Popen[str]:
        """Start a night in a session of its own, its output in pipes unless told otherwise."""
        settings: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **popen}
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
            **settings,
        )

    def night(self, *arguments: str, env: Mapping[str, str] | None = None, **popen: Any) -> tuple[int, str]:
        """Run a night to its end; its exit status and output."""
        with self.start(*arguments, env=env, **popen) as process:
            return ended(process)

    def run_ids(self) -> list[str]:
        """Runs that have a journal, oldest first."""
        return sorted(path.parent.name for path in self.home.results.glob("runs/*/journal.jsonl"))

    def finished(self) -> set[Test]:
        """Every measured test that any journal holds."""
        return {
            (run_id, entry["experiment"], entry["measured"]["test"], canonical(entry["measured"]["params"]))
            for run_id in self.run_ids()
            for entry in read_journal(self.home.run_dir(run_id) / "journal.jsonl")
            if entry["kind"] == TEST and entry.get("measured")
        }

    def kept(self) -> set[Test]:
        """Every measured test that any record holds."""
        records = [read_record(path) for path in self.home.results.glob("experiments/data/*/data_*.json")]
        return {
            (record.run_id, record.experiment, each.test, canonical(each.params))
            for record in records
            for each in record.measurements
        }

    def halves(self) -> list[str]:
        """Files of the home that no program can read whole, and what a writer left beside the file it was writing."""
        found = []
        for path in sorted(self.home_folder.rglob("*")):
            if path.name.endswith(".tmp"):
                found.append(f"{path}: left behind")
            elif path.suffix in (".json", ".toml") and path.is_file() and not _reads(path):
                found.append(f"{path}: is not whole")
        return found


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a night; its exit status and output. One that takes too long is killed, and TimeoutExpired raised."""
    try:
        output, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, output


def _reads(path: Path) -> bool:
    try:
        json.loads(path.read_bytes()) if path.suffix == ".json" else tomllib.loads(path.read_text())
    except ValueError:
        return False
    return True


def make_project(root: Path, *, experiments: int = 2, tests: int = 3, pause_s: float = 0.05, **home: Any) -> Project:
    """A project of so many experiments, `night_0` and on, each of so many tests that rest for `pause_s` seconds."""
    project = Project(root)
    project.config("config.json", {**HOME, **home})
    for number in range(experiments):
        project.experiment(f"night_{number}", EXPERIMENT.format(tests=tests, pause_s=pause_s))
    return project
