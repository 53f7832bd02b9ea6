"""Clocks that are set back: between the nights of a home, and in the middle of one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from pytest_relaybench.beginning import new_night, number
from pytest_relaybench.history.journal import Journal
from pytest_relaybench.history.records import read_record
from pytest_relaybench.home import open_home
from pytest_relaybench.options import Options
from pytest_relaybench.times import run_time

from .campaign import Outcome
from .project import PATIENCE_S, Project
from .starter import NO_PICTURE, small


def clock_between(folder: Path, random: Random) -> Outcome:
    """Nights whose clock is late by up to two days, now and then: each run's id is its own, and the last of all."""
    project = Project(folder)
    project.config("config.json", dict.fromkeys(("tmp_data_dir", "backup_dir", "setup_dir"), "x"))
    true, notes, jumps = datetime(2026, 11, 22, 3, tzinfo=UTC), 0, 0
    options = Options(project.home_folder, True, 1, (), True, False, "process")
    runs = []
    for _ in range(12):
        true += timedelta(days=1)
        clock = true - timedelta(seconds=random.uniform(0, 180_000)) * (random.random() < 0.5)
        night = new_night(options, folder, times=True)
        number(night, clock)
        Journal(open_home(project.home_folder).run_dir(night.run_id)).write("begin")
        began = run_time(night.run_id)
        jumps += began is not None and began - clock > timedelta(seconds=1)
        notes += any(runs[-1] in note for note in night.notes) if runs else False
        runs.append(night.run_id)
    survived = runs == sorted(set(runs)) and notes == jumps
    return Outcome(survived, told=f"{jumps} jumps, {notes} notes: {runs}")


SET_BACK = """
from datetime import timedelta
from pathlib import Path
from pytest_relaybench import times

real = times.utc_now
times.utc_now = lambda: real() - timedelta(days=1) * Path("set-back").exists()
"""


def clock_within(folder: Path, _random: Random) -> Outcome:
    """A night whose clock is set back by a day in the middle: durations are those of a clock that nobody sets."""
    project = small(folder)
    (folder / "set_back.py").write_text(SET_BACK)
    code = "from pathlib import Path\n\ndef test_set(bench):\n    bench(sum, (1, 2))\n    Path('set-back').touch()\n"
    project.experiment("night_0", code + "\ndef test_after(bench):\n    bench(sum, (1, 2))\n" + NO_PICTURE)
    status, told = project.night("-p", "set_back")
    (run,) = project.run_ids()
    (path,) = project.home.exp_data_dir("night_0").glob("*.json")
    record = read_record(path)
    spent = json.loads((project.home.run_dir(run) / "run.json").read_text())["duration_s"]
    sensible = 0.0 < record.duration_s < spent < PATIENCE_S
    is_back = record.end_time < record.start_time
    lost = len(project.finished() - project.kept())
    return Outcome(status == 0 and sensible and is_back, lost, told=f"{record.duration_s} of {spent} s\n{told}")
