"""Running subsystems: each alone, each leaving a status, none believing an old one."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.history.status import read_status
from pytest_relaybench.subsystem_runs import InterruptedSubsystemError

from .code import REPORTS, RUN, configure, plan_of, run


def test_one_that_raises_does_not_stop_the_next(home, code):
    """What one raises is its status, with the place in its own file; the next one runs."""
    code("bad", "import json\ndef run(*_):\n    json.loads('{')\n")
    folder = code("next")
    configure(home, "bad", priority=1)
    configure(home, "next")
    statuses = run(home, plan_of(home, folder))
    assert statuses["next"].success
    assert statuses["bad"].message.startswith("JSONDecodeError: Expecting property name")
    assert statuses["bad"].message.endswith("(bad.py:3 in run)")
    assert "Traceback" in statuses["bad"].extra["traceback"]


WAYS_TO_FAIL = {
    "leaves": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "as_tests_do": ("import pytest; pytest.fail('no')", "Failed: no"),
    "nothing_said": ("raise ValueError", "ValueError"),
    "two_lines": ("raise ValueError('one\\ntwo')", "ValueError: one"),
    "expected": (
        "from pytest_relaybench.errors import HomeError as Own; raise Own('x.json: no token')",
        "x.json: no token",
    ),
    "text": ("return 'text'", "run returned 'text', which is neither a Report of two texts nor None"),
    "number": (
        "from pytest_relaybench.dashboard import Report; return Report('t', 3)",
        "neither a Report of two texts",
    ),
    "notify": ("import pytest_relaybench.dashboard as d; return d.Report('t', 'v', 'U1')", "neither a Report of two"),
    "note": ("import pytest_relaybench.dashboard as d; return d.Done('m', note=3)", "neither a Report of two texts"),
    "done": ("import pytest_relaybench.dashboard as d; return d.Done('m', 'v')", "neither a Report of two texts"),
}


def test_every_way_to_fail(home, code):
    """Leaving the program, failing as a test does, many lines, an expected error, a wrong return: one line each."""
    for name, (body, _) in WAYS_TO_FAIL.items():
        folder = code(name, f"def run(*_):\n    {body}\n")
        configure(home, name)
    statuses = run(home, plan_of(home, folder))
    for name, (_, told) in WAYS_TO_FAIL.items():
        assert not statuses[name].success
        assert told in statuses[name].message
        assert "\n" not in statuses[name].message


def test_interrupt_passes_after_the_status(home, code):
    """Ctrl-C ends the night: the interrupted subsystem says that it was, and those after it why they did not run."""
    code("slow", "def run(*_): raise KeyboardInterrupt\n")
    folder = code("next")
    configure(home, "slow", priority=1)
    configure(home, "next")
    with pytest.raises(InterruptedSubsystemError, match="in subsystem slow, 1 left") as stopped:
        run(home, plan_of(home, folder))
    assert read_status(home.subsys_status_dir("slow") / "run.json").message == "Interrupted"
    assert stopped.value.statuses["next"] == read_status(home.subsys_status_dir("next") / "run.json")
    assert stopped.value.statuses["next"].message == "not run: interrupted in subsystem slow"
    assert isinstance(stopped.value, KeyboardInterrupt)


def test_a_note_is_kept_with_the_status(home, code):
    """What a success wants told on the terminal is one line of its status."""
    body = "    return Done('2 of 3 sent', note='1 message waits:\\n no such channel')\n"
    folder = code("thing", "from pytest_relaybench.dashboard import Done\ndef run(*_):\n" + body)
    configure(home, "thing")
    status = run(home, plan_of(home, folder))["thing"]
    assert (status.success, status.message) == (True, "2 of 3 sent")
    assert status.extra["note"] == "1 message waits: no such channel"


def test_status_tells_run_and_times(home, code):
    """`run.json` has the run's id, its times and its duration."""
    configure(home, "thing")
    statuses = run(home, plan_of(home, code("thing", "import time\ndef run(*_): time.sleep(0.05)\n")))
    content = json.loads((home.subsys_status_dir("thing") / "run.json").read_text())
    assert (content["schema"], content["success"], content["run_id"]) == (1, True, RUN)
    assert content["duration_s"] >= 0.05
    assert content["time_delta"] == "0:00:00"
    assert content["start_time"].endswith("+00:00")
    assert content["end_time"] >= content["start_time"] == content["timestamp"]
    assert statuses["thing"] == read_status(home.subsys_status_dir("thing") / "run.json")


def test_stale_status_and_report_are_not_believed(home, code):
    """Before the first one runs, statuses and reports of the last run are gone, also those of later ones."""
    look = (
        "def run(dashboard, config, output):\n"
        "    home = dashboard.home\n"
        "    seen = [home.subsys_status_dir('z') / 'run.json', home.subsys_output_dir('z') / 'report.json']\n"
        "    assert not any(path.exists() for path in seen)\n"
    )
    code("a", look)
    folder = code("z", REPORTS)
    configure(home, "a", priority=1)
    configure(home, "z")
    for _ in range(2):
        statuses = run(home, plan_of(home, folder))
        assert all(status.success for status in statuses.values()), statuses
    assert (home.subsys_output_dir("z") / "report.json").is_file()


def test_no_report_removes_the_old_one(home, code):
    """A subsystem that has nothing to report tonight leaves no report of yesterday."""
    configure(home, "thing")
    run(
        home,
        plan_of(
            home,
            code("thing", REPORTS),
        ),
    )
    run(home, plan_of(home, code("thing")))
    assert not (home.subsys_output_dir("thing") / "report.json").exists()


def test_output_is_kept(home, code):
    """What a subsystem wrote in one run is there in the next."""
    folder = code(
        "thing",
        "def run(dashboard, config, output):\n    with (output / 'log').open('a') as file:\n        file.write('x')\n",
    )
    configure(home, "thing")
    run(home, plan_of(home, folder))
    run(home, plan_of(home, folder))
    assert (home.subsys_output_dir("thing") / "log").read_text() == "xx"


def test_progress_is_noted(home, code):
    """`note` hears which one begins, and of how many."""
    code("a")
    folder = code("b")
    configure(home, "a")
    configure(home, "b")
    told: list[str] = []
    run(home, plan_of(home, folder), told.append)
    assert told == ["subsystem a (1 of 2)", "subsystem b (2 of 2)"]
