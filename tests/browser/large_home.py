"""A home of forty experiments, six series each, over two years of nights, made in seconds.

What is real: every file has the format that a night leaves. The records of the newest sixty nights can be read, and the
rows of the table are what reading them gives (a test compares). The newest night was judged, and its incidents were
found, by the program.
What is not: nothing was measured, values are seeded noise with steps in it. The rows go into the table in a few
statements; writing and reading 29,000 records would take minutes. So the record of an older night is a file of the
right name, size and age, which is all that the table asks, but tells of another night: nobody may read it. Nights
before the newest have no verdicts of their own, so every incident was first seen on the newest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import SENTINELS, STAGES, Home, open_home
from pytest_relaybench.incidents import Decision, write_decision
from pytest_relaybench.incidents.updating import update
from pytest_relaybench.judging.keeping import write_verdicts
from tests.browser.large_records import LAST, Night, measured, nights_of, write, write_one
from tests.browser.large_series import FATES, Fate, name_of
from tests.subsystems.loading import load
from tests.subsystems.sample_home import draw

EXPERIMENTS = 40
NIGHTS = 730  # the first third of them on another machine
WITH_PICTURES = 4  # experiments that have drawn one
DEADLINES = {"A paper": {"date": "2026-11-25 23:59:59", "zone": "Etc/GMT+12"}}


def make_large_home(root: Path, *, experiments: int = EXPERIMENTS, nights: int = NIGHTS, held_back: int = 0) -> Home:
    """Write it, as a session of pytest leaves a home before its site is made; `held_back` nights are still to come."""
    home = _empty_home(root)
    fates = _fates(experiments)
    shown = _nights(nights)[: nights - held_back]
    Table(home).refresh()
    with duckdb.connect(str(home.history_file), config={"threads": 1}) as connection:
        connection.begin()
        for name, fate in {**fates, SENTINELS: Fate()}.items():
            write(connection, home, measured(name, fate, shown, nights))
        connection.commit()
    for name in list(fates)[:WITH_PICTURES]:
        draw(home.exp_graph_dir(name) / "all_time" / "longitudinal-cpu.png")
    for night in shown:
        _write_run(home, night, fates, is_newest=night is shown[-1])
    _finish(home, fates, shown)
    return home


def add_night(home: Home, *, experiments: int = EXPERIMENTS, nights: int = NIGHTS, held_back: int = 1) -> None:
    """The first night of those that were held back, as files alone: the table reads them as it does after a night."""
    fates = _fates(experiments)
    shown = _nights(nights)[: nights - held_back + 1]
    for name, fate in {**fates, SENTINELS: Fate()}.items():
        one = measured(name, fate, shown, nights)
        if one.nights[-1] is shown[-1]:
            write_one(home, one, shown[-1])
    for night in shown[-2:]:
        _write_run(home, night, fates, is_newest=night is shown[-1])
    _finish(home, fates, shown)


def _fates(experiments: int) -> dict[str, Fate]:
    return {name_of(number): FATES.get(number, Fate()) for number in range(experiments)}


def _nights(nights: int) -> list[Night]:
    return nights_of(nights, nights // 3)


def _finish(home: Home, fates: Mapping[str, Fate], nights: Sequence[Night]) -> None:
    """What the newest night leaves beside its records."""
    for name, fate in fates.items():
        _write_newest(home, name, fate, nights)
    _judge(home)


def dashboard_of(home: Home) -> Dashboard:
    """The home as its newest night sees it."""
    table = Table(home)
    table.refresh()
    return Dashboard(home, max(path.name for path in home.run_dir("").iterdir()), table)


def publish(home: Home) -> Path:
    """Run the website subsystem over the home; its web root."""
    website = load("website")
    website.run(dashboard_of(home), website.Config(active=True), home.subsys_output_dir("website"))
    return home.subsys_output_dir("website")


def _empty_home(root: Path) -> Home:
    folders = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
    write_json(root / "config.json", {**folders, "title": "Two years of nights"})
    write_json(root / "config/subsystem/website/config.json", {"active": True})
    return open_home(root)


def _write_newest(home: Home, name: str, fate: Fate, nights: Sequence[Night]) -> None:
    """Config, summary, and the statuses of the newest night that had it."""
    title = name.replace("_", " ").capitalize()
    config = {"active": not fate.inactive, "title": title, "description": f"Nightly {title.lower()}."}
    write_json(home.exp_config_file(name), config)
    night = nights[-1 - fate.until]
    message = ""
    for stage in STAGES:
        failed = fate.failed is not None and stage == fate.failed[0]
        message = fate.failed[1] if failed and fate.failed else ""
        status = Status(not failed, message or "success", night.run_id, night.begun.isoformat(), 6.0)
        write_status(home.exp_status_dir(name) / f"{stage}.json", status)
        if failed:
            return
    summary = {"schema": 1, "title": title, "value": "relax 31.1 ms\ntorch 40.7 ms"}
    told = {**summary, "run_id": night.run_id, "timestamp": night.begun.isoformat()}
    write_json(home.exp_summary_dir(name) / "summary.json", told)


def _write_run(home: Home, night: Night, fates: Mapping[str, Fate], *, is_newest: bool) -> None:
    """`run.json` of a night; the newest has not ended while its site is made."""
    entries = {name: _entry(fate, night) for name, fate in fates.items()}
    content: dict[str, Any] = {
        "schema": 1, "run_id": night.run_id, "timestamp": night.begun.isoformat(),
        "start_time": night.begun.isoformat(), "seed": 7919 * night.number, "order": list(entries),
        "experiments": entries, "machine": night.machine,
    }  # fmt: skip
    if not is_newest:
        failed = any("failed" in entry["stages"].values() for entry in entries.values())
        content |= {"end_time": night.begun.isoformat(), "duration_s": 41.0 * len(entries), "exit_status": int(failed)}
        content["complete"] = night.number % 97 != 96
    path = home.run_dir(night.run_id) / "run.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _entry(fate: Fate, night: Night) -> dict[str, Any]:
    """One experiment in a night's `run.json`."""
    stages = dict.fromkeys(STAGES, "success")
    if night.ago == 0 and fate.failed:
        at = STAGES.index(fate.failed[0])
        stages |= {fate.failed[0]: "failed", **dict.fromkeys(STAGES[at + 1 :], "not run")}
        return {"stages": stages, "message": fate.failed[1], "duration_s": 41.0}
    if night.ago < fate.until or (fate.since is not None and night.ago >= fate.since):
        return {"stages": dict.fromkeys(STAGES, "not run"), "message": "", "duration_s": None, "inactive": True}
    return {"stages": stages, "message": "", "duration_s": 41.0}


def _judge(home: Home) -> None:
    """The newest night: its verdicts, its incidents, and what people said of two of them."""
    dashboard = dashboard_of(home)
    verdicts = dashboard.verdicts()
    write_verdicts(home, verdicts)
    incidents = update(home, verdicts, dashboard.table, now=LAST)
    until = datetime(9999, 1, 1, tzinfo=UTC)
    for kind, incident in zip(("ack", "mute"), incidents.all, strict=False):
        write_decision(home, Decision(kind, incident.id, "being looked at", "Ada", LAST, until))
