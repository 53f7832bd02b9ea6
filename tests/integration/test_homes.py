"""Homes: what makes one well-formed, what is said when it is not, and that it serves one run at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_relaybench.lock import HomeLock
from tests.test_archive import members

from ..conftest import Project


def everything_below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "config.json: the file is missing"),
        ("{", "config.json: not valid JSON at line 1, column 2"),
        ("[]", "a config is a JSON object"),
        ('{"tmp_data_dir": "t", "setup_dir": "s"}', "config.json: backup_dir: the key is mandatory"),
        (
            '{"tmp_data_dir": 3, "backup_dir": "b", "setup_dir": "s"}',
            "tmp_data_dir: should be a valid string (found 3)",
        ),
        (
            '{"tmp_data_dir": "t", "backup_dir": "b", "setup_dir": "s", "randomise": true}',
            'randomise: no such key; did you mean "randomize"?',
        ),
    ],
)
def test_a_home_that_is_not_well_formed_stops_the_run(project: Project, content: str | None, said: str) -> None:
    """Exit status 4, one line naming file, key, value and rule, and nothing touched."""
    project.experiment("tiny")
    config = project.home_folder / "config.json"
    config.unlink()
    if content is not None:
        config.write_text(content)
    before = everything_below(project.home_folder)
    result = project.night()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in "\n".join(result.errlines)
    assert everything_below(project.home_folder) == before


def test_every_fault_is_listed_at_once(project: Project) -> None:
    """Three faults in one file are three lines of one message."""
    project.home()
    (project.home_folder / "config.json").write_text('{"tmp_data_dir": "", "backup_dir": "b", "setup_dri": "s"}')
    errors = "\n".join(project.night().errlines)
    assert errors.count("config.json: ") == 3
    assert all(word in errors for word in ("tmp_data_dir", "setup_dir: the key is mandatory", "setup_dri"))


def test_a_missing_home_is_a_usage_error(project: Project) -> None:
    """A home that does not exist is not made on the way; the message says how to make one."""
    result = project.run("--home", "nowhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "relaybench init" in "\n".join(result.errlines)
    assert not (project.root / "nowhere").exists()


def test_the_documented_place_is_accepted_when_it_is_the_only_one(project: Project) -> None:
    """`H/config/config.json` works alone and is ambiguous beside `H/config.json`."""
    project.experiment("tiny")
    config = project.home_folder / "config.json"
    documented = project.home_folder / "config" / "config.json"
    documented.write_bytes(config.read_bytes())
    result = project.night()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "a home has one config file" in "\n".join(result.errlines)
    config.unlink()
    assert project.night().ret == 0


def test_tilde_and_relative_folders(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the user's home; relative folders are below the dashboard's home."""
    monkeypatch.setenv("HOME", str(project.root / "user"))
    project.experiment("tiny")
    project.home(tmp_data_dir="~/raw", backup_dir="in/side")
    assert project.run("bench", "--home", str(project.home_folder)).ret == 0
    assert list((project.root / "user" / "raw").glob("benchmarks_*_data.zip"))
    assert len(list((project.home_folder / "in" / "side").glob("dashboard_*.tar.zst"))) == 2


def test_the_home_may_come_from_environment_or_ini(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Command line before environment before ini."""
    project.experiment("tiny")
    (project.root / "tox.ini").write_text("[pytest]\nrelaybench_home = H\n")
    assert project.run("bench").ret == 0
    assert len(project.records("tiny")) == 1
    monkeypatch.setenv("RELAYBENCH_HOME", str(project.root / "elsewhere"))
    assert project.run("bench").ret == pytest.ExitCode.USAGE_ERROR
    assert project.night().ret == 0
    assert len(project.records("tiny")) == 2


def test_a_second_run_is_refused_while_one_is_on(project: Project) -> None:
    """The second one leaves with exit status 4 and the first one's process number; afterwards the home is free."""
    project.experiment("tiny")
    lock = HomeLock(project.home_folder, "first")
    lock.acquire()
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "bench", "--home", "H"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "first" in result.stderr
    assert not (project.home_folder / "results").exists()
    lock.release()
    assert project.night().ret == 0
    assert project.night().ret == 0


def test_collecting_takes_no_lock_and_writes_nothing(project: Project) -> None:
    """`--collect-only` works beside a running night and leaves no trace."""
    project.experiment("tiny")
    with HomeLock(project.home_folder, "other"):
        before = everything_below(project.home_folder)
        result = project.night("--collect-only", "-q")
        assert result.ret == 0
        result.stdout.fnmatch_lines(["bench/test_tiny.py::test_sum"])
        assert everything_below(project.home_folder) == before


def test_files_of_a_night(project: Project) -> None:
    """Journal, run.json, record, raw samples, both archives, table: all there, all of one run id."""
    project.experiment("tiny", title="Tiny sums")
    assert project.night("--run-seed", "7").ret == 0
    home = project.home()
    (record,) = project.records("tiny")
    run = json.loads((home.run_dir(record.run_id) / "run.json").read_text())
    assert run["seed"] == record.seed == 7
    assert run["complete"]
    assert run["order"] == ["tiny"]
    assert run["experiments"]["tiny"]["stages"]["summary"] == "success"
    assert record.title == "Tiny sums"
    assert record.machine["id"]
    assert record.config["budget_s"] == 0.01
    assert (home.root / record.raw_data).is_file()
    assert [entry["kind"] for entry in project.journal()] == ["begin", "experiment", "test", "experiment_end", "end"]
    archives = sorted(path.name for path in home.backups.folder.iterdir())
    assert archives == [f"dashboard_{record.run_id}_{when}.tar.zst" for when in ("after", "before")]
    assert home.history_file.is_file()


def test_the_second_archive_holds_the_new_results(project: Project) -> None:
    """The archive before has no record of the run, the archive after has."""
    project.experiment("tiny")
    assert project.night().ret == 0
    after, before = sorted(project.home().backups.folder.iterdir())
    assert ["data_" in " ".join(members(path)) for path in (before, after)] == [False, True]


def test_old_raw_samples_and_archives_go_when_the_config_says_so(project: Project) -> None:
    """At the end of a run, those of the runs before; records stay."""
    project.experiment("tiny")
    project.home(archives_kept=1, raw_kept=2)
    for _ in range(3):
        assert project.night().ret == 0
    home = project.home()
    assert len(list(home.backups.folder.iterdir())) == 2
    assert len(list(home.raw_samples.folder.iterdir())) == 2
    assert len(list(home.exp_data_dir("tiny").iterdir())) == 3


def test_a_home_in_the_environment_leaves_other_projects_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has exported a home and tests something else is not told that experiments are missing."""
    project.config("elsewhere")
    (project.root / "bench" / "test_plain.py").write_text("def test_one():\n    pass\n")
    monkeypatch.setenv("RELAYBENCH_HOME", str(project.home_folder))
    result = project.run("bench")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    assert not (project.home_folder / "results").exists()
