"""What is damaged in a home is told: a little each night, all of it by `relaybench check`."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.damage import all_damage, damaged_runs, few, set_aside_since
from pytest_relaybench.files import set_aside, write_json
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.times import utc_now

RUN = "20261101T010203.000004Z"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_json(tmp_path / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    return open_home(tmp_path)


def test_a_night_tells_a_few() -> None:
    """Ten years of damaged nights are no ten years of lines."""
    lines = [str(number) for number in range(3650)]
    assert few(lines) == ["0", "1", "2", "3", "4", "and 3645 more: `relaybench check` tells all"]
    assert few(lines[:5]) == lines[:5]


def test_a_damaged_run_is_named(home: Home) -> None:
    """Of the newest runs, each whose `run.json` is there and cannot be read."""
    for number in range(4):
        write_json(home.run_dir(f"2026110{number}") / "run.json", {})
    (home.run_dir("20261102") / "run.json").write_text("{")
    (home.run_dir("20261100") / "run.json").write_text("")
    home.run_dir("20261105").mkdir()
    (line, other) = damaged_runs(home)
    assert line.startswith("results/runs/20261102/run.json cannot be read")
    assert "20261100" in other
    assert len(list(damaged_runs(home, newest=4))) == 1


def test_what_was_moved_aside_tonight_is_told_tonight(home: Home) -> None:
    """And not again the next night."""
    path = home.results / "subsystem" / "output" / "x" / "y.json"
    write_json(path, 3)
    set_aside(path)
    (line,) = set_aside_since(home, utc_now() - timedelta(minutes=1))
    assert line.startswith("results/subsystem/output/x/y.json.damaged: ")
    assert set_aside_since(home, utc_now() + timedelta(minutes=1)) == []


def test_check_names_all_that_cannot_be_read(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each file, a pipe and a folder among them, and exit status 1; nothing is moved."""
    names = {
        "runs/1/run.json": "{",
        "runs/1/verdicts.json": '{"schema": 1}',
        "runs/1/journal.jsonl": '{"kind": "begin"}\n{"ki\n',
        "experiments/status/a/run.json": "",
        "experiments/data/a/data_1.json": "[",
        "artifacts/aaaaaaaa.json": "\0",
        "subsystem/output/score/data/s/data_1.json": "{",
        "incidents.json": "{",
    }
    for name, content in names.items():
        (home.results / name).parent.mkdir(parents=True, exist_ok=True)
        (home.results / name).write_text(content)
    os.mkfifo(home.results / "runs" / "1" / "pipe.json")
    (home.results / "runs" / "1" / "folder.json").mkdir()
    (home.results / "runs" / "1" / "a.json.damaged").write_text("{")
    assert main(["check", str(home.root)]) == 1
    told = capsys.readouterr().out
    for name in (*names, "runs/1/pipe.json", "runs/1/folder.json", "runs/1/a.json.damaged"):
        assert told.count(f"results/{name}") == 1, name
    assert all((home.results / name).read_text() == content for name, content in names.items())


def test_a_sound_home_has_no_damage(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Then `check` says how many records there are."""
    write_json(home.run_dir(RUN) / "run.json", {})
    (home.run_dir(RUN) / "journal.jsonl").write_text(json.dumps({"kind": "begin"}) + "\n")
    assert all_damage(home, []) == []
    assert main(["check", str(home.root)]) == 0
    assert "ok  results (0 records)" in capsys.readouterr().out
