"""`--resume`: a night that was cut short is finished, and nothing is measured again that it has."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.history.journal import Journal, is_finished, read_journal
from pytest_relaybench.history.records import write_record
from pytest_relaybench.home import Home
from pytest_relaybench.machine import machine_facts, versions
from pytest_relaybench.raw_storage import raw_of
from pytest_relaybench.running import Runner

from ..conftest import Project

COUNTED = """
import pathlib
import pytest

LOG = pathlib.Path(__file__).with_suffix(".log")

def ran(name):
    with LOG.open("a") as file:
        file.write(name + "\\n")

@pytest.mark.parametrize("case", range(3))
def test_case(bench, case):
    ran(f"case {case}")
    bench(sum, (case, 2))

def test_odd(bench):
    ran("odd")
    bench(sum, (1, 2))
    assert not pathlib.Path("broken").exists()

def test_never():
    ran("never")
    pytest.skip("not here")

def visualize(*_):
    pass  # a picture would cost more than all the rest
"""
CASES = ["case 0", "case 1", "case 2"]


def ran(project: Project, name: str) -> list[str]:
    """What of an experiment has run since this was last asked."""
    log = project.root / "bench" / f"test_{name}.log"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def journal_file(project: Project) -> Path:
    """The newest run's journal."""
    return max((project.home_folder / "results" / "runs").glob("*/journal.jsonl"))


def cut(project: Project, is_last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Leave the newest night as a kill after this entry of its journal had left it; the entries that remain."""
    path, kept = journal_file(project), []
    for entry in project.journal():
        kept.append(entry)
        if is_last(entry):
            break
    ended = {entry["experiment"] for entry in kept if entry["kind"] == "experiment_end"}
    path.write_text("".join(json.dumps(entry) + "\n" for entry in kept) + '{"kind": "te')
    results = project.home_folder / "results"
    (path.parent / "run.json").unlink()
    for file in results.glob(f"experiments/data/*/data_{path.parent.name}.json"):
        if file.parent.name not in ended:
            file.unlink()
    for file in (project.home_folder / "backup").glob("*_after.*"):
        file.unlink()
    return kept


def is_test(name: str) -> Callable[[dict[str, Any]], bool]:
    """Whether an entry is the end of this test."""
    return lambda entry: entry["kind"] == "test" and entry["nodeid"].endswith(name)


def backups(project: Project) -> dict[str, int]:
    """The archives by name, with when each was written."""
    return {file.name: file.stat().st_mtime_ns for file in (project.home_folder / "backup").iterdir()}


def stop_politely(project: Project) -> None:
    """Make the newest run one that was interrupted after its last test."""
    *kept, end = read_journal(journal_file(project))
    lines = [json.dumps(entry) for entry in [*kept, {**end, "interrupted": True, "exit_status": 2}]]
    journal_file(project).write_text("\n".join(lines) + "\n")


def interrupt(*_: object) -> None:
    """Somebody's Ctrl-C."""
    raise KeyboardInterrupt


def test_a_killed_night_is_finished(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same run goes on: what passed or was skipped is not run again, what failed or had not run is; one record."""
    project.home(randomize=False)
    project.experiment("first", COUNTED)
    project.experiment("second", COUNTED)
    (project.root / "broken").touch()
    assert project.night("--run-seed", "7").ret == 1
    begin, *_ = cut(project, is_test("test_second.py::test_case[1]"))
    (before,) = backups(project).items()
    assert ran(project, "first") == ran(project, "second") == [*CASES, "odd", "never"]
    (project.root / "broken").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(Runner, "provide", interrupt)
        with pytest.raises(KeyboardInterrupt):  # pytester's way to tell of it
            project.night("--resume")
    # what has no record yet is not put away as ended: a night instead of the next `--resume` would recover it
    assert read_journal(journal_file(project))[-1]["kind"] == "resumed"
    result = project.night("--resume")
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"note: resuming run {begin['run_id']}: 6 of 10 tests are there", "*6 deselected*"])
    assert (ran(project, "first"), ran(project, "second")) == (["odd"], ["case 2", "odd", "never"])
    for name in ("first", "second"):
        (record,) = project.records(name)
        assert (record.run_id, record.seed, record.complete) == (begin["run_id"], 7, True)
        assert sorted(test.outcome for test in record.tests) == [*["passed"] * 4, "skipped"]
        steady = [one.params.get("case") for one in record.measurements if one.metric == "time"]
        assert set(steady) == {0, 1, 2, None}
        assert len(steady) == 4
        assert "5 tests ran, 4 measured" in project.status(name)["run"]["message"]
    told = json.loads((journal_file(project).parent / "run.json").read_text())
    kept = {key: told[key] for key in ("run_id", "seed", "order", "timestamp", "complete")}
    assert kept == {key: begin[key] for key in ("run_id", "seed", "order", "timestamp")} | {"complete": True}
    assert {one["stages"]["summary"] for one in told["experiments"].values()} == {"success"}
    assert before in backups(project).items()
    assert len(backups(project)) == 2
    samples = raw_of(project.home(), record.run_id)
    assert len(samples.groupby(["experiment", "test", "params", "metric"])) == len(
        samples.groupby(["experiment", "test", "params", "metric", "variant"])
    )
    assert set(samples["experiment"]) == {"first", "second"}
    again = project.night("--resume")
    assert again.ret == pytest.ExitCode.USAGE_ERROR
    again.stderr.fnmatch_lines([f"*nothing to resume: the newest run, {record.run_id}, ended 2*"])


def test_selection_and_change(project: Project) -> None:
    """With -k what is not selected stays as it is recorded; a changed experiment is measured anew, and no other."""
    project.home(randomize=False)
    project.experiment("first", COUNTED)
    project.experiment("second", COUNTED)
    assert project.night().ret == 0
    cut(project, is_test("test_second.py::test_case[0]"))
    for name in ("first", "second"):
        ran(project, name)
    result = project.night("--resume", "-k", "test_second and test_odd")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["note: resuming run *: 6 of 7 tests are there", "second failed at run: stopped after 2 of 5*"]
    )
    assert (ran(project, "first"), ran(project, "second")) == ([], ["odd"])
    (first,), (second,) = project.records("first"), project.records("second")
    assert (first.complete, second.complete) == (True, False)
    assert {one.test for one in second.measurements} == {"test_case", "test_odd"}
    told = json.loads((journal_file(project).parent / "run.json").read_text())
    assert told["experiments"]["first"]["stages"]["run"] == "success"
    stop_politely(project)
    project.experiment("first", COUNTED, budget_s=0.02)
    result = project.night("--resume")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["note: first is measured anew: its config changed since the run * began"])
    assert (ran(project, "first"), ran(project, "second")) == ([*CASES, "odd", "never"], [*CASES[1:], "never"])
    (first,), (second,) = project.records("first"), project.records("second")
    assert (first.config["budget_s"], second.config["budget_s"]) == (0.02, 0.01)
    assert [(len(record.tests), record.complete) for record in (first, second)] == [(5, True)] * 2


def test_what_a_sitting_did_not_come_to(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """-x ends a night that goes on, too, and what did not come again keeps its time.

    One whose module is broken by now keeps what was derived; a record that cannot be written is made by the next night.
    """
    project.home(randomize=False)
    for name in ("first", "second"):
        project.experiment(name, COUNTED)
    (project.root / "broken").touch()
    assert project.night().ret == 1
    cut(project, is_test("test_second.py::test_case[1]"))
    assert project.night("--resume", "-x").ret == 1
    (first,), (second,) = project.records("first"), project.records("second")
    assert (second.duration_s > 0, len(second.tests), second.complete) == (True, 2, False)
    assert is_finished(read_journal(journal_file(project)))
    stop_politely(project)
    derived = replace(first.measurements[0], metric="total", derived=True)
    path = project.home_folder / "results" / "experiments" / "data" / "first" / f"data_{first.run_id}.json"
    write_record(path, replace(first, measurements=[*first.measurements, derived]))
    (project.root / "bench" / "test_first.py").write_text("import nothing_of_that_name")
    (project.root / "broken").unlink()
    with monkeypatch.context() as disk:
        disk.setattr("pytest_relaybench.stages.run.write_record", full_disk)
        assert project.night("--resume").ret == 1
    assert not is_finished(read_journal(journal_file(project)))
    assert derived in project.records("first")[0].measurements
    result = project.night()
    result.stdout.fnmatch_lines([f"note: the run {first.run_id} did not finish; results of 5 tests were recovered*"])
    assert len(project.records("second")[0].tests) == 5


def full_disk(path: Path, _: object) -> None:
    """What a full disk does to a writer."""
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


def written(home: Home, run_id: str, *entries: dict[str, Any], **begin: Any) -> None:
    """A run's journal."""
    journal = Journal(home.run_dir(run_id))
    usual = {"schema": 1, "run_id": run_id, "timestamp": "2026-11-22T01:02:03+00:00", "seed": 1, "order": []}
    machine = {"machine": {"id": machine_facts()["id"]}, "versions": versions()}
    journal.write(**{"kind": "begin", **usual, **machine, **begin})
    for entry in entries:
        journal.write(**entry)


RUN = "20261122T010203.000004Z"


@pytest.mark.parametrize(
    ("begin", "end", "told"),
    [
        ({}, {"kind": "end", "time": "then"}, f"the newest run, {RUN}, ended then"),
        ({}, {"kind": "end", "recovered_by": "R"}, f"the newest run, {RUN}, was recovered by R"),
        ({"machine": {"id": "m" * 12}}, {}, f"{RUN} cannot be resumed: it was measured on the machine {'m' * 12}"),
        ({"versions": {"torch": "1"}}, {}, f"{RUN} cannot be resumed: it was measured with .* and here is"),
        ({"versions": 3}, {}, "the run cannot be resumed, its journal is damaged"),
        ({"seed": "x"}, {}, "the run cannot be resumed, its journal is damaged"),
        ({"schema": 99}, {}, "schema 99 is unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_resumed(project: Project, begin: dict[str, Any], end: dict[str, Any], told: str) -> None:
    """One line, exit status 4, and nothing is written: the run is as it was."""
    home = project.home()
    written(home, RUN, *[end] if end else [], **begin)
    before = journal_file(project).read_bytes()
    result = project.night("--resume")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert re.search(told, line)
    assert journal_file(project).read_bytes() == before
    assert not (home.root / ".lock.json").exists()


def test_a_journal_that_cannot_be_read(project: Project) -> None:
    """One line names it."""
    (project.home().run_dir(RUN) / "journal.jsonl").mkdir(parents=True)
    result = project.night("--resume")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert f"results/runs/{RUN}/journal.jsonl: not a regular file" in line


def test_nothing_to_resume(project: Project) -> None:
    """A home without a run, a desk, and a session without a home: each is refused in one line."""
    project.experiment("tiny")
    refused = {
        "the home has no run": project.night("--resume"),
        "stay at the desk": project.night("--resume", "--desk"),
        "with --home": project.run("bench", "--resume"),
    }
    for told, result in refused.items():
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        (line,) = [line for line in result.errlines if line]
        assert told in line
