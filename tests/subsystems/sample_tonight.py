"""What the subsystems of the sample home's last night leave: the real ones run, and two of somebody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_relaybench.files import write_json, write_text
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.home import Home
from pytest_relaybench.subsystem_runs import run_all
from pytest_relaybench.subsystems import make_plan
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import LAST, dashboard_of, draw, run_id_of

NIGHTS = 40
PAPER = "2026-11-25 23:59:59"  # at UTC-12
LEVELS = {"experiment": "relay_opt", "ours": {"opt_level": "O3"}, "theirs": {"opt_level": "O0"}}
CONFIGS: dict[str, dict[str, Any]] = {
    "deadline": {
        "deadlines": {
            "A paper": {"date": PAPER, "zone": "Etc/GMT+12"},
            ATTACK: {"date": "2026-12-24 18:00:00", "zone": "UTC"},
            "Just missed": {"date": "2026-11-20 12:00:00", "zone": "UTC"},
            "Long gone": {"date": "2026-10-01 12:00:00", "zone": "UTC"},
        }
    },
    "score": {
        "score_confs": {
            "levels": {"formula": "geomean_speedup", "title": "O3 over O0", "parts": [LEVELS]},
            "budget": {
                "formula": "budget_score",
                "title": ATTACK,
                "description": ATTACK,
                "budgets": [{"experiment": "relay_opt", "limit": 100, "unit": "ms"}],
            },
            "rnn_score": {"title": "RNNs"},
        }
    },
    "exp_reports": {},
    "stat_alerts": {},
    "subsys_reporter": {"active": False},
    "somebodys": {},
    "broken": {},
}
SOMEBODYS = f"""
from pytest_relaybench.dashboard import Done, Report

def run(dashboard, config, output):
    return Done("<b>done</b> " + {ATTACK!r}, Report({ATTACK!r}, "one\\n\\n" + {ATTACK!r}))
"""
BROKEN = f"""
def run(dashboard, config, output):
    raise ValueError({ATTACK!r})
"""


def run_subsystems(home: Home, code: Path) -> None:
    """Run them over the last night of `home`; the code of the two that are somebody else's is written to `code`."""
    write_text(code / "somebodys.py", SOMEBODYS)
    write_text(code / "broken.py", BROKEN)
    for name, config in CONFIGS.items():
        write_json(home.subsys_config_file(name), {"active": True, **config})
    run_all(dashboard_of(home, NIGHTS), make_plan(home, [code], only=set(CONFIGS)), lambda _: None)
    _score_of_the_night_before(home)
    _drawn_by_post_process(home)


def _score_of_the_night_before(home: Home) -> None:
    """As the subsystem leaves one every night."""
    folder = home.subsys_output_dir("score") / "data" / "levels"
    tonight = json.loads((folder / f"data_{run_id_of(NIGHTS - 1, NIGHTS)}.json").read_bytes())
    before = {"run_id": run_id_of(NIGHTS - 2, NIGHTS), "value": 3.0, "text": "O3 over O0: 3.00x"}
    write_json(folder / f"data_{before['run_id']}.json", {**tonight, **before})
    write_text(folder / "data_damaged.json", "[")


def _drawn_by_post_process(home: Home) -> None:
    """Its figure of the optimisation levels, in every format."""
    write_json(home.subsys_config_file("post_process"), {"active": True})
    folder = home.subsys_output_dir("post_process") / "figures"
    for kind in ("png", "pdf", "svg"):
        draw(folder / f"opt-levels-cpu.{kind}")
    write_text(folder / "opt-levels-cpu.csv", "network,opt_level,value\nresnet-18,O1,1.5\n")
    told = "Optimisation levels: opt-levels-cpu; Recurrent networks: left out: no rnn_cells <b>tonight</b>"
    status = Status(True, told, run_id_of(NIGHTS - 1, NIGHTS), LAST.isoformat(), 1.2)
    write_status(home.subsys_status_dir("post_process") / "run.json", status)
