"""The gate through real runs: exit statuses, what it is held against, and the files it leaves."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.times import iso, run_id_of
from tests.conftest import Project
from tests.gate.made import JUNIT_SCHEMA

from .conftest import EXACT, Remote, unisolated

STEADY_MS = """
import pytest

@pytest.mark.parametrize("size", [1, 2])
def test_kernel(bench, size):
    bench.durations([{level} * size] * 3)
    bench.record("artifact_size", {artifact}, unit="B", direction="lower", deterministic=True)
"""
NIGHTS = 20  # enough for verdicts from the nights alone


def kernel(project: Project, level: float = 1e-3, artifact: int = 1000, **config: Any) -> None:
    """An experiment that takes exactly `level` seconds."""
    project.experiment("kernel", STEADY_MS.format(level=level, artifact=artifact), **config)


def past(project: Project, level: float = 1e-3) -> None:
    """Give the home a history of quiet nights, made of the record of a first real one."""
    kernel(project, level)
    assert project.night().ret == 0
    (path,) = project.home().exp_data_dir("kernel").glob("data_*.json")
    for night in range(1, NIGHTS + 1):
        another(project, path, timedelta(days=-night), 1 + 0.002 * ((night * 7) % 5 - 2))


def another(project: Project, path: Path, later: timedelta, factor: float) -> None:
    """Write a record as the one in `path`, of another moment, its noisy values multiplied."""
    record = read_record(path)
    moment = datetime.fromisoformat(record.timestamp) + later
    own = [
        entry if entry.deterministic else replace(entry, value=entry.value * factor) for entry in record.measurements
    ]
    run_id = run_id_of(moment)
    write_record(
        project.home().data_file("kernel", run_id),
        replace(record, run_id=run_id, timestamp=iso(moment), measurements=own),
    )


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    """Files are named as people name them, from the project's folder."""
    monkeypatch.chdir(project.root)


def desk(project: Project, *arguments: str) -> pytest.RunResult:
    """Run without a home, in this process, which is quicker."""
    return project.run("--isolation", "none", *arguments)


def test_history(project: Project) -> None:
    """Against the history a quiet night passes; one that is 40 % slower ends with 10, until people accept it."""
    past(project)
    gate = ("--gate", "--no-confirm")
    assert project.night(*gate, "--gate-report", "gate.json").ret == 0
    report = json.loads((project.root / "gate.json").read_text())
    assert report["status"] == "passed"
    assert {finding["source"] for finding in report["findings"]} == {"history"}

    newest = max(project.home().exp_data_dir("kernel").glob("data_*.json"))
    for number in (1, 2):  # a level is called new when it has lasted for three nights
        another(project, newest, timedelta(milliseconds=number), 1.4)
    kernel(project, 1.4e-3)
    result = project.night(*gate)
    assert result.ret == 10
    result.stdout.fnmatch_lines(
        [
            "series *base *now *change *interval *rule",
            "kernel/test_kernel[[]?]/time *ms *+40.* %*",
            "gate failed: 2 of * series are worse: kernel/test_kernel*+40.* %*",
        ]
    )

    who = ["--why", "new layout", "--home", str(project.home_folder)]
    assert main(["ack", "kernel", *who]) == 0
    assert project.night(*gate).ret == 10
    assert main(["accept", "kernel", *who]) == 0
    result = project.night(*gate)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["accepted: kernel/test_kernel[[]1]/time +40.* (*: new layout)", "gate passed: *"])


def test_baseline_file(project: Project) -> None:
    """What one session saved is what the next is held against; of another machine it fails unless allowed."""
    kernel(project)
    first = desk(project, "--save-baseline", "main.json")
    assert first.ret == 0
    first.stdout.fnmatch_lines(["note: baseline of 4 series saved in *main.json"])
    assert desk(project, "--gate", "--gate-baseline", "main.json").ret == 0
    kernel(project, 1.2e-3, artifact=1001)
    slower = desk(project, "--gate", "--gate-baseline", "main.json")
    assert slower.ret == 10
    slower.stdout.fnmatch_lines(
        [
            "kernel/test_kernel[[]1]/time *1 ms *1.20 ms *+20.0 % *worse by more than 10 %",
            "kernel/test_kernel[[]1]/artifact_size * worse, and nothing is tolerated",
            "gate failed: 4 of 4 series are worse: *",
        ]
    )
    path = project.root / "main.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "machine": "elsewhere"}))
    other = desk(project, "--gate", "--gate-baseline", "main.json")
    assert other.ret == 10
    other.stdout.fnmatch_lines(["gate failed: the baseline is of another machine: elsewhere*, this one is *"])
    kernel(project)
    allowed = desk(project, "--gate", "--gate-baseline", "main.json", "--gate-allow", "machine")
    assert allowed.ret == 0
    allowed.stdout.fnmatch_lines(["the baseline is of another machine*", "gate passed: none of 4 series is worse"])


def test_missing_series(project: Project) -> None:
    """A series that is no more passes, and fails with `--gate-on missing`; a selection of tests misses nothing."""
    kernel(project)
    desk(project, "--save-baseline", "main.json")
    project.experiment("kernel", STEADY_MS.format(level=1e-3, artifact=1000).replace("[1, 2]", "[1]"))
    gate = ("--gate", "--gate-baseline", "main.json")
    result = desk(project, *gate)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["2 series missing", "gate passed: *"])
    assert desk(project, *gate, "--gate-on", "unsure,missing").ret == 10
    assert desk(project, *gate, "--gate-on", "missing", "-k", "1").ret == 0


def test_nothing_to_compare(project: Project) -> None:
    """At a desk there is no history: the gate says so and fails, unless it may be empty; so too without timing."""
    kernel(project)
    result = desk(project, "--gate")
    assert result.ret == 10
    result.stdout.fnmatch_lines(["gate failed: nothing to compare: there is no history to compare with"])
    allowed = desk(project, "--gate", "--gate-allow", "empty")
    assert allowed.ret == 0
    allowed.stdout.fnmatch_lines(["nothing to compare: there is no history to compare with", "gate passed: *"])
    untimed = desk(project, "--gate", "--benchmark-disable")
    assert untimed.ret == 10
    untimed.stdout.fnmatch_lines(["gate failed: nothing to compare: nothing was measured"])


def test_session_without_experiments(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that is asked for and finds no experiment fails; one that only the ini file names waits for the first."""
    (project.root / "bench" / "test_plain.py").write_text("def test_plain(): pass\n")
    result = project.run("--gate")
    assert result.ret == 10
    result.stdout.fnmatch_lines(["gate failed: nothing to compare: nothing was measured"])
    assert project.run("--gate", "--collect-only").ret == 0
    assert project.run("--gate", "--gate-allow", "empty").ret == 0
    project.pytester.makeini("[pytest]\ntestpaths = bench\nrelaybench_gate = true\n")
    plain = project.run()
    assert plain.ret == 0
    plain.stdout.no_fnmatch_line("*= relaybench =*")
    kernel(project)
    assert project.run("--isolation", "none").ret == 10
    monkeypatch.setenv("RELAYBENCH_GATE", "off")
    assert project.run("--isolation", "none").ret == 0


def test_failed_test_counts_first(project: Project) -> None:
    """A session with a failed test ends with 1, and the regressions are told all the same."""
    kernel(project)
    desk(project, "--save-baseline", "main.json")
    kernel(project, 2e-3)
    with (project.root / "bench" / "test_kernel.py").open("a") as file:
        file.write("\ndef test_wrong(bench):\n    assert False\n")
    result = desk(project, "--gate", "--gate-baseline", "main.json")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate failed: 2 of 4 series are worse: *"])


def test_session_that_stops_early(project: Project) -> None:
    """A gate that has not seen every test does not pass."""
    kernel(project)
    desk(project, "--save-baseline", "main.json")
    code = STEADY_MS.format(level=1e-3, artifact=1000) + "    assert size != 1\n"
    project.experiment("kernel", code)
    result = desk(project, "--gate", "--gate-baseline", "main.json", "-x")
    assert result.ret in {1, 2}
    result.stdout.fnmatch_lines(["gate failed: 1 test did not run"])


def test_config_and_limits(project: Project) -> None:
    """With a home's configs: a limit needs no base, thresholds hold, and a metric that nobody measures is told."""
    home = ("--home", str(project.home_folder), "--desk")
    kernel(project, gate={"limit": {"artifact_size": 999}, "metrics": ["time"]})
    result = desk(project, "--gate", *home)
    assert result.ret == 10
    result.stdout.fnmatch_lines(["kernel/test_kernel[[]1]/artifact_size * above its limit of 999 B"])
    kernel(project, gate={"limit": {"artifact_size": 1000}})
    assert desk(project, "--gate", *home, "--save-baseline", "main.json").ret == 0
    kernel(project, 1.2e-3, gate={"percent": {"time": 25}})
    assert desk(project, "--gate", *home, "--gate-baseline", "main.json").ret == 0
    kernel(project, gate={"limit": {"artifact_sice": 1}})
    typo = desk(project, "--gate", *home, "--gate-baseline", "main.json")
    assert typo.ret == 10
    typo.stdout.fnmatch_lines(["gate failed: gate of kernel: no series has the metric 'artifact_sice'; did you mean *"])


def test_side_by_side(project: Project, remote: Remote) -> None:
    """A named base is what the gate takes, for every metric: a build that does 20 % more fails by its time."""
    remote.home(project, variants={"base": unisolated("main"), "new": unisolated("slow")})
    project.experiment("kernel", EXACT)
    result = project.night("--desk", "--gate", "--gate-report", "gate.json", "--compare", "base..new")
    assert result.ret == 10
    result.stdout.fnmatch_lines(
        ["kernel/test_exact/time *+20.0 % *worse by more than 1 %", "gate failed: 1 of * series*"]
    )
    report = json.loads((project.root / "gate.json").read_text())
    time, memory = sorted(report["findings"], key=lambda finding: finding["metric"], reverse=True)
    assert (time["source"], time["variant"]) == ("side by side", "new")
    assert time["against"] == f"base ({remote.hash_of('main')[:10]})"
    assert (memory["metric"], memory["outcome"]) == ("peak_memory", "passes")


def test_files(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """JUnit properties, all reports, and in GitHub Actions a step summary and marks beside the tests."""
    kernel(project)
    desk(project, "--save-baseline", "main.json")
    kernel(project, 2e-3)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.root / "summary.md"))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.root.parent))
    reports = [f"--gate-report=out/gate{ending}" for ending in (".md", ".json", ".sarif")]
    result = desk(project, "--gate", "--gate-baseline", "main.json", *reports, "--junit-xml=junit.xml")
    assert result.ret == 10
    file = f"{project.root.name}/bench/test_kernel.py"
    result.stdout.fnmatch_lines([f"::error title=kernel/test_kernel[[]1]/time%3A slower,file={file},line=4::*"])
    xmlschema.XMLSchema(str(JUNIT_SCHEMA)).validate("junit.xml")
    names = {one.get("name"): one.get("value") for one in ET.parse("junit.xml").iter("property")}
    assert names["relaybench.gate"] == "failed"
    assert names["relaybench.gate.bench/test_kernel.py::test_kernel[1].time"].startswith("slower fails ratio=2")
    markdown = (project.root / "out" / "gate.md").read_text()
    assert markdown.startswith("### Gate failed: 2 of 4 series are worse")
    assert (project.root / "summary.md").read_text() == markdown + "\n"
    finding = json.loads((project.root / "out" / "gate.json").read_text())["findings"][0]
    assert (finding["nodeid"], finding["file"], finding["line"]) == ("bench/test_kernel.py::test_kernel[1]", file, 4)
    sarif = json.loads((project.root / "out" / "gate.sarif").read_text())
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": file, "uriBaseId": "SRCROOT"}, "region": {"startLine": 4}}


def test_report_that_cannot_be_written(project: Project) -> None:
    """The verdict stands and a note says what is not there."""
    kernel(project)
    (project.root / "file").write_text("")
    result = desk(project, "--gate", "--gate-allow", "empty", "--gate-report", "file/gate.md")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["note: no report of the gate: *"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--gate-on", "missing"], "--gate-on is for the gate: add --gate"),
        (["--gate", "--gate-on", "slow"], "--gate-on: words among unsure, missing, broken, machine (found*"),
        (["--gate", "--gate-allow", "all"], "--gate-allow: words among empty, machine (found*"),
        (["--gate", "--gate-report", "gate.txt"], "--gate-report: a report's name ends in .md, .json, .sarif (found*"),
        (["--gate", "--gate-against", "main"], "--gate-against: one of auto, side-by-side, baseline, history (found*"),
        (["--gate", "--gate-against", "baseline"], "--gate-against baseline: name the file with --gate-baseline"),
        (["--gate", "--gate-baseline", "none.json"], "*none.json: the file is missing"),
    ],
)
def test_wrong_options(project: Project, arguments: list[str], told: str) -> None:
    """One line, exit status 4, and nothing has run."""
    kernel(project)
    result = desk(project, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}"])


def test_baseline_of_a_home(project: Project) -> None:
    """`relaybench baseline` takes the levels of a home's newest runs, with what they differ by."""
    past(project)
    assert main(["baseline", str(project.home_folder), "-o", "home.json"]) == 0
    assert main(["baseline", str(project.home_folder), "-o", "none.json", "--machine", "elsewhere"]) == 1
    content = json.loads((project.root / "home.json").read_text())
    times = [entry for entry in content["series"] if entry["metric"] == "time"]
    assert [entry["n_runs"] for entry in times] == [10, 10]
    assert all(0.001 < entry["spread"] < 0.01 for entry in times)
    kernel(project, 1.03e-3)
    assert desk(project, "--gate", "--gate-baseline", "home.json").ret == 10
