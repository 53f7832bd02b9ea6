"""Subsystems that crash, hang, flood, or ruin what is theirs: each costs itself, and what the night measured stays."""

from __future__ import annotations

import io
import json
import sys
import textwrap
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from unittest.mock import patch

from pytest_relaybench import subsystem_child, subsystem_trial
from pytest_relaybench.config import HomeConfig
from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.status import Status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home
from pytest_relaybench.subsystem_runs import run_all
from pytest_relaybench.subsystems import make_plan

from ..isolation.conftest import vanishes
from .campaign import Attempt, Fault, Outcome
from .mounts import mounted, no_mounts

RUN = "20261122T010203.000004Z"
MIB = 1 << 20
HEAD = "import ctypes, os, signal, subprocess, sys, threading, time\nfrom pytest_relaybench.dashboard import Report\n"
GOOD = f"{HEAD}def run(dashboard, config, output): return Report('good', str(len(dashboard.table.frame())))\n"
LOAD_TIMEOUT_S, TIMEOUT_S = 1.0, 1.5
KEPT = {"schema": 1, "kept": True}  # what the night had left before the subsystems ran


@dataclass(frozen=True)
class Seen:
    """What became of the two, and all lines that were told."""

    home: Home
    statuses: Mapping[str, Status]
    notes: list[str]

    @property
    def message(self) -> str:
        """Of the bad one, empty where it succeeded."""
        bad = self.statuses["bad"]
        return "" if bad.success else bad.message


Holds = Callable[[Seen], bool]


def beside_a_good_one(body: str, holds: Holds, *, at_import: str = "", timeout_s: float = 60, room: int = 0) -> Attempt:
    """Run a subsystem of this body and then a good one, in a home of `room` bytes where that is given."""

    def attempt(folder: Path, random: Random) -> Outcome:
        with ExitStack() as held:
            held.enter_context(patch.object(subsystem_trial, "LOAD_TIMEOUT_S", LOAD_TIMEOUT_S))
            quiet = SimpleNamespace(path=sys.path, stdout=io.StringIO(), stderr=io.StringIO())
            held.enter_context(patch.object(subsystem_child, "sys", quiet))  # what it prints is passed on
            if room:
                held.enter_context(mounted(folder / "home", size=room))
            home = _home(folder, timeout_s)
            text = textwrap.indent(body.replace("RANDOM", str(random.randrange(1 << 30))).strip(), "    ")
            _write(folder / "code/bad.py", f"{HEAD}{at_import}\ndef run(dashboard, config, output):\n{text}\n")
            _write(folder / "code/good.py", GOOD)
            notes: list[str] = []
            dashboard = Dashboard(home, RUN, Table(home))
            statuses = run_all(dashboard, make_plan(home, [folder / "code"]), notes.append)
            return _judged(Seen(home, statuses, notes), dashboard, holds)

    return attempt


def _home(folder: Path, timeout_s: float) -> Home:
    home = Home(folder / "home", HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup"))
    for name, config in (("bad", {"priority": 1, "timeout_s": timeout_s}), ("good", {})):
        _write(home.subsys_config_file(name), json.dumps({"active": True, **config}))
    _write(home.results / "kept.json", json.dumps(KEPT))
    return home


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _judged(seen: Seen, dashboard: Dashboard, holds: Holds) -> Outcome:
    """It survives when the good one has run and told its report, and what was there before is whole."""
    good = seen.statuses["good"]
    report = good.success and dashboard.report("good")
    is_whole = json.loads((seen.home.results / "kept.json").read_text()) == KEPT
    told = f"{seen.statuses} {seen.notes}"[:3000]
    is_one_line = len(seen.message.splitlines()) <= 1
    return Outcome(holds(seen) and bool(report) and is_whole and is_one_line, lost=not is_whole, told=told)


def says(words: str) -> Holds:
    """The bad one has failed, for this reason."""
    return lambda seen: words in seen.message


def has_no_child(seen: Seen) -> bool:
    """The process whose number it left is gone, and somebody was told."""
    pid = int((seen.home.subsys_output_dir("bad") / "pid").read_text())
    return vanishes(pid) and any(f"(pid {pid})" in note for note in seen.notes)


def is_short(seen: Seen) -> bool:
    """Of a flood its status keeps the end."""
    return "flooded" in seen.message and len(str(seen.statuses["bad"].extra)) < 30_000


def full(folder: Path, random: Random) -> Outcome:
    """The disk is full from the bad one on: the good one runs, although nothing of it can be kept."""
    body = "file = open(output / 'big', 'wb')\nwhile True: file.write(bytes(RANDOM % 100_000 + 1))"
    reached: list[bool] = []

    def holds(seen: Seen) -> bool:
        good = seen.statuses["good"].message
        has_run = "status cannot be written" in good and "good.py" not in good
        reached.append("No space left" in seen.message and has_run)
        return reached[0]

    told = beside_a_good_one(body, holds, room=4 * MIB)(folder, random)
    return Outcome(reached == [True] and not told.lost, told.lost, told.told)


hung = partial(beside_a_good_one, holds=says("hung: not done after 1.5 s"), timeout_s=TIMEOUT_S)
LOADED = "cannot be loaded: "

RUNNING = (
    Fault("raises", beside_a_good_one("raise ValueError('its own')", says("ValueError: its own (bad.py:5")), 5, 0),
    Fault("calls sys.exit", beside_a_good_one("sys.exit(RANDOM % 3)", says("SystemExit")), 5, 0),
    Fault("SIGSEGV", beside_a_good_one("ctypes.string_at(0)", says("was killed by SIGSEGV in the middle of")), 5, 0),
    Fault("os._exit", beside_a_good_one("os._exit(0)", says("ended with exit status 0 in the middle of")), 5, 0),
    Fault("hangs", hung("time.sleep(600)"), 5),
    Fault("hangs in native code that holds the GIL", hung("ctypes.PyDLL(None).pause()"), 5),
    Fault("closes its pipes", beside_a_good_one("os.closerange(3, 64); time.sleep(9)", says("closed its pipes")), 5, 0),
    Fault("a grandchild in its own session", beside_a_good_one(
        "left = subprocess.Popen(['sleep', '600'], start_new_session=True)\n(output / 'pid').write_text(str(left.pid))",
        has_no_child,
    ), 5),
)  # fmt: skip
LEAVING = (
    Fault("returns garbage", beside_a_good_one("return Report(1, b'x')", says("which is neither a Report")), 5, 0),
    Fault("a broken report.json", beside_a_good_one(
        "(output / 'report.json').write_bytes(os.urandom(RANDOM % 1000))", says("report.json: not a ")
    ), 20),
    Fault("a link to nowhere for its output", beside_a_good_one(
        "output.rmdir(); output.symlink_to('/nowhere')\nreturn Report('t', 'v')", says("output/bad")
    ), 5),
    Fault("1 GiB on stdout", beside_a_good_one(
        f"for _ in range(1024): os.write(1, b'x' * {MIB})\nraise ValueError('flooded')", is_short
    ), 5),
    Fault("fills the disk", full, 5, 1, no_mounts),
)  # fmt: skip
LOADING = (
    Fault("hangs at import", beside_a_good_one(
        "pass", says(f"{LOADED}not done after 1 s (bad.py:3 in <module>)"), at_import="time.sleep(600)"
    ), 5, 0),
    Fault("hangs at import, holding the GIL", beside_a_good_one(
        "pass", says(f"{LOADED}not done after 1 s (bad.py:3 in <module>)"), at_import="ctypes.PyDLL(None).pause()"
    ), 5, 0),
    Fault("SIGSEGV at import", beside_a_good_one(
        "pass", says(f"{LOADED}it is killed by SIGSEGV (bad.py:3 in <module>)"), at_import="ctypes.string_at(0)"
    ), 5, 0),
    Fault("os._exit at import", beside_a_good_one(
        "pass", says(f"{LOADED}it ends the process with exit status 0"), at_import="os._exit(0)"
    ), 5, 0),
)  # fmt: skip
FAULTS = (*RUNNING, *LEAVING, *LOADING)
