"""docs/how-to-write-a-subsystem.md: what it shows works as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_relaybench import hookspecs
from pytest_relaybench.cli.main import main
from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard, Report
from pytest_relaybench.history.records import Measurement, Record, describe, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.subsystem_runs import run_all
from pytest_relaybench.subsystems import make_plan
from tests.subsystems.night_home import night_home, times

GUIDE = Path(__file__).parents[1] / "docs" / "how-to-write-a-subsystem.md"
RUN = "20261122T010203.000004Z"
MOMENT = "2026-11-22T01:02:03+00:00"


def block(language: str, number: int = 0) -> str:
    """One of the fenced blocks of this language in the guide, the first unless told otherwise."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return found[number]


def measured(test: str, seconds: float) -> Measurement:
    return Measurement(test, {}, "time", "s", "lower", describe([seconds]), seconds, "installed", None)


@pytest.fixture
def home(tmp_path) -> Home:
    """A home with the guide's config and one night of one experiment."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "slowest.py").write_text(block("python"))
    root = tmp_path / "home"
    (root / "config" / "subsystem" / "slowest").mkdir(parents=True)
    (root / "config" / "subsystem" / "slowest" / "config.json").write_text(block("json"))
    (root / "config.json").write_text('{"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}')
    home = open_home(root)
    record = Record(
        run_id=RUN, timestamp=MOMENT, experiment="demo", title="Demo", start_time=MOMENT, end_time=MOMENT,
        duration_s=1.0, tvm_hash=None, machine={}, versions={}, config={}, seed=0, position=1, tests=[],
        measurements=[measured("test_a", 0.001), measured("test_b", 0.5), measured("test_c", 0.02)],
    )  # fmt: skip
    write_record(home.data_file("demo", RUN), record)
    return home


def test_the_example_runs(home, tmp_path):
    """The example, taken from the page, reports what it says with the config that the page shows."""
    table = Table(home)
    table.refresh()
    plan = make_plan(home, [tmp_path / "more"])
    statuses = run_all(Dashboard(home, RUN, table), plan, lambda text: None)
    assert statuses["slowest"].success, statuses
    report = json.loads((home.subsys_output_dir("slowest") / "report.json").read_text())
    assert report["title"] == "Slowest tests"
    assert report["value"].splitlines() == ["demo test_b {}: 500 ms", "demo test_c {}: 20 ms"]
    assert len((home.subsys_output_dir("slowest") / "slowest.csv").read_text().splitlines()) == 3


def test_the_example_has_a_deadline(home, tmp_path):
    """The config of the example sets how long it may take."""
    (entry,) = make_plan(home, [tmp_path / "more"]).entries
    assert entry.config is not None
    assert entry.config.timeout_s == 60


def test_the_example_of_requirements(tmp_path):
    """It reports when the levels were measured, and has the page's message when they were not."""
    night = night_home(tmp_path / "home")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "gain.py").write_text(block("python", 1))
    path = night.home.subsys_config_file("gain")
    path.parent.mkdir(parents=True)
    path.write_text('{"active": true}')
    rows = times([({"network": n, "opt_level": level}, 2.0 if level else 4.0) for n in "ab" for level in (0, 3)])
    for levels, told in (
        ([0, 1, 3], ""),
        ([0, 1], "Config for relay_opt does not match requirements for entry opt_levels"),
    ):
        night.ran("relay_opt", rows, opt_levels=levels)
        status = run_all(night.dashboard(), make_plan(night.home, [tmp_path / "more"]), lambda text: None)["gain"]
        assert status.message == told
        assert status.success == (not told)
        assert night.dashboard().report("gain") == (None if told else Report("Level 3 over level 0", "2.00x"))
        assert not told or f"`{told.replace('relay_opt', 'X').replace('opt_levels', 'F')}`" in GUIDE.read_text()


def test_the_example_passes_the_check(home, tmp_path, capsys):
    """`relaybench check` finds code and config of the example in order."""
    assert main(["check", str(home.root), "--subsystems", str(tmp_path / "more")]) == 0
    assert "ok  subsystem slowest" in capsys.readouterr().out


def test_the_page_names_what_there_is():
    """Every public member of the dashboard, every common config key and every hook is on the page."""
    text = GUIDE.read_text()
    members = [name for name in vars(Dashboard) if not name.startswith("_")]
    keys = [key for key in SubsystemConfig.model_fields if key != "schema_reference"]
    hooks = [name for name in vars(hookspecs) if name.startswith("pytest_")]
    assert [name for name in members if f"`dashboard.{name}(" not in text] == []
    assert [name for name in [*keys, *hooks] if f"`{name}`" not in text] == []
