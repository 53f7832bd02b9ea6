"""The same samples come to the same bytes, whoever reads them: times and the home's own place aside."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from pytest_relaybench.history.building import build_record
from pytest_relaybench.history.journal import END, read_journal
from pytest_relaybench.history.records import Measurement, Record, TestOutcome, describe, read_record, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.machine import machine_facts, versions
from pytest_relaybench.times import iso, run_id_of, utc_now
from tests.faults.project import HOME, Project

NIGHTS, SLOWER_SINCE = 24, 8  # nights before tonight's, and how many of them were as slow as it is
FORMER, NOISE = 0.6, 0.004
NETWORKS = ("resnet18", "mobilenet", "überhaupt")
LEVELS = (3, 0)
CODE = f"""
import pytest

def analyze(table):
    rows = table[table["metric"] == "time"]
    row = {{"metric": "sum", "value": rows["value"].sum(), "unit": "s"}}
    return [{{**row, "test": "test_it", "params": {{"of": "all"}}}}]

@pytest.mark.parametrize("network", {NETWORKS})
@pytest.mark.parametrize("opt_level", {LEVELS})
def test_it(bench, network, opt_level):
    seconds = 64e-6 / (1 + opt_level)
    bench.durations([seconds, 1.01 * seconds, 1.02 * seconds])
    bench.record("work", len(network), unit="items", direction="neutral")
"""
SHAPES = """
import pytest

def test_one(bench):
    bench(len, "x" * 10)

def test_none(bench):
    pytest.skip("no device – kein Gerät")
"""
EXPERIMENTS = {"relay_opt": CODE, "shapes": SHAPES}
SPEED = {"experiment": "relay_opt", "ours": {"opt_level": 3}, "theirs": {"opt_level": 0}}
SUBSYSTEMS: Mapping[str, Mapping[str, object]] = {  # not `deadline`, which is about the time that it is
    "exp_reports": {},
    "post_process": {},
    "score": {"score_confs": {"speed": {"formula": "geomean_speedup", "parts": [SPEED]}}},
    "stat_alerts": {},
    "subsys_reporter": {},
    "telemetry": {},
    "website": {},
}
TOLD_ALONE = {".kept.json", "history.duckdb"}  # when files were written; rows, which are compared as rows
MASKS = {
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00": "moment",
    r"(?<![\d.])\d+(\.\d+)? (s|min)(?![A-Za-z])": "duration",
    r'"(duration_s|time_delta)": [^,\n]+': "duration",
    r'data-sort="\d+\.\d+">duration': "duration",
    r"urn:uuid:[0-9a-f-]{36}": "the home's own feed",
    r"before(\.tar\.zst</code>)? [\d.]+ [KM]iB": "an archive with another journal",
}


@dataclass(frozen=True)
class Place:
    """What differs between two machines and must make no difference."""

    hashes: str
    zone: str
    language: Mapping[str, str]
    umask: int
    cpus: int

    def run(self, project: Project, *arguments: str) -> str:
        """A night there; its output."""
        code = (
            f"import os, runpy; os.umask({self.umask}); "
            f"os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{self.cpus}]); "
            "runpy.run_module('pytest', run_name='__main__', alter_sys=True)"
        )
        command = [sys.executable, "-c", code, *project.command(*arguments)[3:]]
        environment = project.environment({"PYTHONHASHSEED": self.hashes, "TZ": self.zone, **self.language})
        done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, check=False)
        output = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == 0, output
        return output


HERE = Place("1", "UTC", {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}, 0o022, 64)
ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ELSEWHERE = Place("4242", "Asia/Kathmandu", ASCII, 0o077, 1)


def make_home(root: Path) -> Project:
    """Two experiments and all subsystems, with nights before tonight; one series became slower in one of them."""
    project = Project(root)
    project.config("config.json", HOME)
    (root / "pytest.ini").write_text("[pytest]\n")
    for name, code in EXPERIMENTS.items():
        project.experiment(name, code, title=f"{name}: Größe & <b>Zeit</b>")
    for name, config in SUBSYSTEMS.items():
        project.config(f"config/subsystem/{name}/config.json", {"active": True, **config})
    for ago in range(NIGHTS, 0, -1):
        record = night_before(ago)
        write_record(project.home.data_file("relay_opt", record.run_id), record)
    return project


def night_before(ago: int) -> Record:
    """The record of `relay_opt` so many nights ago."""
    begun = utc_now() - timedelta(days=ago)
    noise = np.random.default_rng(ago)
    measured, tests = [], []
    for level in LEVELS:
        for network in NETWORKS:
            was_faster = ago > SLOWER_SINCE and (network, level) == ("resnet18", 3)
            seconds = 64e-6 / (1 + level) * float(noise.normal(1, NOISE)) * (FORMER if was_faster else 1)
            stats = describe([seconds, 1.01 * seconds, 1.02 * seconds])
            params = {"opt_level": level, "network": network}
            measured.append(Measurement("test_it", params, "time", "s", "lower", stats, stats.min, "installed", None))
            nodeid = f"bench/test_relay_opt.py::test_it[{level}-{network}]"
            tests.append(TestOutcome(nodeid, "passed", 1.0, "", "test_it", params, "installed"))
    return Record(
        run_id=run_id_of(begun), timestamp=iso(begun), experiment="relay_opt", title="", start_time=iso(begun),
        end_time=iso(begun), duration_s=6.0, tvm_hash=None, machine=machine_facts(), versions=versions(), config={},
        seed=ago, position=1, tests=tests, measurements=measured,
    )  # fmt: skip


def as_killed_at_the_end(project: Project, root: Path, run_id: str) -> Project:
    """The home as the run would have left it, had it been killed after its last test; its files made backwards."""
    journal = project.home.run_dir(run_id) / "journal.jsonl"
    made_of = [project.root / "pytest.ini", *(project.root / "bench").glob("*.py"), journal]
    made_of += [path for path in (project.home_folder / "config").rglob("*.json") if "schema" not in path.parts]
    made_of += [project.home_folder / "config.json"]
    made_of += [path for path in project.home.results.rglob("data_*.json") if run_id not in path.name]
    for path in sorted(made_of, reverse=True):
        copy = root / path.relative_to(project.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    killed = Project(root)
    journal = killed.home.run_dir(run_id) / "journal.jsonl"
    kept = [line for line in journal.read_bytes().splitlines(keepends=True) if json.loads(line)["kind"] != END]
    journal.write_bytes(b"".join(kept))
    return killed


def contents(project: Project) -> dict[str, str]:
    """File → what it holds: of a zip its members; without times and what follows from them."""
    found = {}
    for path in project.home_folder.rglob("*"):
        name = path.relative_to(project.home_folder).as_posix()
        if path.is_file() and path.name not in TOLD_ALONE and not name.startswith("backup/"):
            found[name] = masked(path)
    return found


def masked(path: Path) -> str:
    """The file's content, byte for byte, without times."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return repr({name: archive.read(name) for name in archive.namelist()})
    text = path.read_bytes().decode("latin-1")
    if path.suffix == ".png":
        return text
    if path.name == "journal.jsonl":
        text = "".join(line for line in text.splitlines(keepends=True) if json.loads(line)["kind"] != "resumed")
    for pattern, word in MASKS.items():
        text = re.sub(pattern, word, text)
    return text


def test_what_follows_a_night_depends_on_its_samples_alone(tmp_path: Path) -> None:
    """An undisturbed night leaves the same records, graphs, verdicts, incidents, pages and tables as a resumed one.

    That has the same journal, and else nothing: another path, files made in another order, other hashes of strings,
    another time zone, language and umask, and fewer CPUs.
    """
    whole = make_home(tmp_path / "whole")
    HERE.run(whole, "--run-seed", "7")
    (run_id,) = whole.run_ids()
    resumed = as_killed_at_the_end(whole, tmp_path / "elsewhere, überall", run_id)
    ELSEWHERE.run(resumed, "--resume")
    one, other = contents(whole), contents(resumed)
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []
    assert_same_rows(whole, resumed)
    assert_as_in_the_journal(whole, run_id)
    # that there was something to compare
    assert json.loads(one["results/incidents.json"].encode("latin-1"))["incidents"]
    for suffix in (".png", ".svg", ".pdf", ".csv", ".js", ".html", ".md", ".xml", ".zip"):
        assert any(name.endswith(suffix) for name in one), suffix


def assert_same_rows(whole: Project, resumed: Project) -> None:
    """The tables have the same rows in the same order, also when one is made anew."""
    kept = Table(whole.home).frame()
    assert not kept.empty
    pd.testing.assert_frame_equal(kept, Table(resumed.home).frame())
    Table(whole.home).rebuild()
    pd.testing.assert_frame_equal(kept, Table(whole.home).frame())


def assert_as_in_the_journal(project: Project, run_id: str) -> None:
    """Records are what the journal says, so that nothing of a killed run is lost but what is derived."""
    entries = read_journal(project.home.run_dir(run_id) / "journal.jsonl")
    for name in EXPERIMENTS:
        record = read_record(project.home.data_file(name, run_id))
        measured = [entry for entry in record.measurements if not entry.derived]
        assert build_record(entries, name, raw_data=record.raw_data) == replace(record, measurements=measured)


def test_a_seed_gives_the_same_order_everywhere(tmp_path: Path) -> None:
    """Neither hashes of strings nor the order in which files were made decide what runs first; another seed does."""
    names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    projects = [Project(tmp_path / "one"), Project(tmp_path / "other")]
    for project, ordered in zip(projects, (names, names[::-1]), strict=True):
        project.config("config.json", HOME)
        (project.root / "pytest.ini").write_text("[pytest]\n")
        for name in ordered:
            project.experiment(name, SHAPES)
    here = HERE.run(projects[0], "--collect-only", "-q", "--run-seed", "7").splitlines()[:-1]
    assert here == ELSEWHERE.run(projects[1], "--collect-only", "-q", "--run-seed", "7").splitlines()[:-1]
    assert here != HERE.run(projects[0], "--collect-only", "-q", "--run-seed", "8").splitlines()[:-1]
    assert len(here) > len(names)
