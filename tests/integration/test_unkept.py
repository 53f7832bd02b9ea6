"""A night that cannot write: it says so in a line, keeps what there is, and does not come out green."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.history import journal
from tests.conftest import TINY, Project

THREE = """
import pytest


@pytest.mark.parametrize("case", range(3))
def test_it(bench, case):
    bench(sum, (case, 2))
"""
FULL = "No space left on device"


def fill_disk_at(monkeypatch: pytest.MonkeyPatch, kind: str, number: int = 1) -> None:
    """From the so-many-th entry of this kind on, the journal cannot be written."""
    write, seen = journal.append_line, 0

    def append(path: Path, entry: Mapping[str, Any]) -> None:
        nonlocal seen
        seen += entry["kind"] == kind or seen >= number
        if seen >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, entry)

    monkeypatch.setattr(journal, "append_line", append)


def test_a_journal_that_cannot_be_written_ends_the_measuring(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is run whose result would be lost; those before are kept, and the night can be finished later."""
    project.experiment("three", THREE)
    with monkeypatch.context() as disk:
        fill_disk_at(disk, "test", 2)
        result = project.night("-p", "no:randomly")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=3)  # the precheck, and two that ran
    told = [line for line in result.outlines if "journal.jsonl: the journal cannot be written" in line]
    assert FULL in told[0]
    assert any("no more tests were run, and what was measured before is kept" in line for line in told)
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    assert project.status("three")["run"]["message"].endswith(f"its result could not be kept: {FULL}")
    (record,) = project.records("three")
    assert len({str(entry.params) for entry in record.measurements}) == 1
    assert project.night("--resume").ret == 0
    (finished,) = project.records("three")
    assert (finished.run_id, finished.complete) == (record.run_id, True)
    assert len({str(entry.params) for entry in finished.measurements}) == 3


def test_an_experiment_that_cannot_be_noted_is_not_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the journal cannot take the beginning of an experiment, none of its tests is run."""
    project.experiment("tiny")
    fill_disk_at(monkeypatch, "experiment")
    result = project.night()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*journal.jsonl: the journal cannot be written: {FULL}; no more tests were run*"])


def test_a_journal_that_cannot_be_begun(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is run, and one line says why: it would be lost."""
    project.experiment("tiny")
    fill_disk_at(monkeypatch, "begin")
    result = project.night()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *: the journal of this run cannot be written: {FULL}"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    assert not project.records("tiny")


def test_files_that_cannot_be_written(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The night goes on to its end, keeps its record, and has failed; each file is named with the reason.

    Statuses together in one line, a stage by the file that it could not write, verdicts as a fault of the night; that
    editors have no schemas is but a note.
    """

    def refuse(*_: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(project.home_folder / "results" / "verdicts.json"))

    monkeypatch.setattr("pytest_relaybench.conclusions.write_verdicts", refuse)
    project.experiment("tiny")
    project.experiment("other")
    home = project.home()
    for blocked in (home.exp_status_dir("tiny"), home.exp_summary_dir("other"), home.root / "config" / "schema"):
        blocked.parent.mkdir(parents=True, exist_ok=True)
        blocked.touch()
    result = project.night()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["note: config/schema: schemas for editors cannot be written: *"])
    result.stdout.fnmatch_lines(["tonight's verdicts are not kept: results/verdicts.json: Read-only file system"])
    first, *_ = [line for line in result.outlines if line.startswith("not written: ")]
    assert "results/experiments/status/tiny/precheck.json" in first
    assert "more: " in first
    message = project.status("other")["summary"]["message"]
    assert message.startswith("results/experiments/summary/other")
    assert "Error" not in message
    assert len(project.records("tiny")) == len(project.records("other")) == 1
    assert project.journal()[-1]["kind"] == "end"


def test_a_subsystem_whose_status_cannot_be_written_has_failed(project: Project) -> None:
    """Also when it went well; the next one runs."""
    project.experiment("tiny", TINY)
    (project.root / "more").mkdir()
    for name in ("early", "late"):
        (project.root / "more" / f"{name}.py").write_text("def run(dashboard, config, output):\n    pass\n")
        path = project.home().subsys_config_file(name)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"active": True, "priority": int(name == "early")}))
    blocked = project.home().subsys_status_dir("early")
    blocked.parent.mkdir(parents=True)
    blocked.touch()
    result = project.night("--subsystems", "more")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["subsystem early failed: its status cannot be written: *subsystem/status/early*"])
    late = json.loads((project.home().subsys_status_dir("late") / "run.json").read_text())
    assert late["success"]


def test_a_folder_of_configs_that_is_closed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """An experiment whose config nobody may look at has a fault; it is not left out of a green night."""
    config = project.experiment("closed") and project.home().exp_config_file("closed")
    project.experiment("tiny")
    look, read = Path.lstat, os.open

    def refuse(path: Path | str) -> None:
        if str(path) == str(config):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    def closed_lstat(path: Path) -> os.stat_result:
        refuse(path)
        return look(path)

    def closed_open(path: Any, *arguments: Any, **named: Any) -> int:
        refuse(path)
        return read(path, *arguments, **named)

    monkeypatch.setattr(Path, "lstat", closed_lstat)
    monkeypatch.setattr(os, "open", closed_open)
    result = project.night()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["closed failed at precheck: *Permission denied*"])
    assert len(project.records("tiny")) == 1


def test_the_folder_it_was_started_in_is_removed(project: Project, tmp_path: Path) -> None:
    """The night ends as ever, in a folder that is made again; pytest would have broken off before it is concluded."""
    project.experiment(
        "tiny",
        f"import shutil\ndef test_it(bench):\n    bench(sum, (1,))\n    shutil.rmtree({str(tmp_path / 'cwd')!r})\n",
    )
    (tmp_path / "cwd").mkdir()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        str(project.root / "bench"),
        "--home",
        str(project.home_folder),
    ]
    night = subprocess.run(command, cwd=tmp_path / "cwd", capture_output=True, text=True, check=False)
    assert night.returncode == 0, night.stdout + night.stderr
    assert f"note: {tmp_path / 'cwd'}, in which this session was started, was removed meanwhile" in night.stdout
    assert project.journal()[-1]["kind"] == "end"
