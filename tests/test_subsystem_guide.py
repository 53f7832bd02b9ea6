"""docs/how-to-write-a-subsystem.md: what it shows works as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_relaybench import hookspecs
from pytest_relaybench.cli.main import main
from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.records import Measurement, Record, describe, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.subsystem_runs import run_all
from pytest_relaybench.subsystems import make_plan

GUIDE = Path(__file__).parents[1] / "docs" / "how-to-write-a-subsystem.md"
RUN = "20261122T010203.000004Z"
MOMENT = "2026-11-22T01:02:03+00:00"


def block(language: str) -> str:
    """The first fenced block of this language in the guide."""
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


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
