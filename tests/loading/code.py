"""What tests of loading subsystems share: tiny subsystems, and the ways to configure, plan and run them."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home
from pytest_relaybench.subsystem_runs import run_all
from pytest_relaybench.subsystems import make_plan

REPORTS = "from pytest_relaybench.dashboard import Report\ndef run(*_): return Report('t', 'v')\n"
RUN = "20261122T010203.000004Z"
DOES_NOTHING = "def run(dashboard, config, output):\n    return None\n"


def configure(home: Home, name: str, **config) -> None:
    path = home.subsys_config_file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"active": True, **config}))


def plan_of(home: Home, folder: Path, **kwargs):
    return make_plan(home, [folder], **kwargs)


def run(home: Home, plan, note=lambda text: None):
    return run_all(Dashboard(home, RUN, Table(home)), plan, note)
