"""Subsystems that hang, crash or write garbage cost themselves only; they run in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from pytest_relaybench.dashboard import Dashboard, Report
from pytest_relaybench.history.records import Measurement, Record, describe, write_record
from pytest_relaybench.history.status import read_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.subsystem_runs import run_all
from pytest_relaybench.subsystems import make_plan

from .code import DOES_NOTHING, REPORTS, RUN, configure, plan_of, run

TELLS_PID = "import os\ndef run(dashboard, config, output):\n    (output / 'pid').write_text(str(os.getpid()))\n"


def bad_then_good(home, code, body: str, **config):
    """Run a subsystem `bad` of this body and then `good`; the statuses."""
    code("bad", f"import os, sys, time, signal, subprocess\ndef run(dashboard, config, output):\n    {body}\n")
    folder = code("good", TELLS_PID)
    configure(home, "bad", priority=1, **config)
    configure(home, "good")
    return run(home, plan_of(home, folder))


def pid_of(home, name: str) -> int:
    return int((home.subsys_output_dir(name) / "pid").read_text())


@contextmanager
def waiting(path: Path, seconds: float = 20.0):
    """Wait for a file to be there, then go on."""
    end = time.monotonic() + seconds
    while not path.is_file() or not path.read_text():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.02)
    yield


class TestDeadline:
    def test_one_that_hangs_is_killed_and_the_next_one_runs(self, home, code):
        """After `timeout_s` it is ended, the status has the line that it hung in, and the next one runs."""
        begun = time.monotonic()
        statuses = bad_then_good(home, code, "print('so far'); time.sleep(60)", timeout_s=0.5)
        assert time.monotonic() - begun < 20
        assert statuses["bad"].message == "hung: not done after 0.5 s (`timeout_s`), so it was killed"
        assert "so far" in statuses["bad"].extra["output"]
        assert "bad.py" in statuses["bad"].extra["output"]
        assert statuses["good"].success

    def test_what_it_started_dies_with_it(self, home, code):
        """A process that the hung one has started does not outlive it."""
        body = "child = subprocess.Popen(['sleep', '60']); (output / 'pid').write_text(str(child.pid)); time.sleep(60)"
        statuses = bad_then_good(home, code, body, timeout_s=1)
        assert statuses["good"].success
        grandchild = pid_of(home, "bad")
        end = time.monotonic() + 10
        while psutil.pid_exists(grandchild) and psutil.Process(grandchild).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end
            time.sleep(0.05)

    def test_one_that_will_not_listen(self, home, code):
        """Ignoring signals does not help it."""
        body = "[signal.signal(one, signal.SIG_IGN) for one in (signal.SIGTERM, signal.SIGINT)]; time.sleep(60)"
        assert bad_then_good(home, code, body, timeout_s=0.5)["good"].success

    @pytest.mark.parametrize("value", [0, -1, "1", True])
    def test_wrong_deadlines(self, home, code, value):
        """A deadline is a number of seconds above zero."""
        configure(home, "thing", timeout_s=value)
        (entry,) = plan_of(home, code("thing")).entries
        assert "timeout_s" in entry.problem


class TestCrashes:
    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ("os._exit(3)", "the child process ended with exit status 3 in the middle of the subsystem"),
            ("os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV in the middle of the subsystem"),
            ("os.closerange(3, 50); time.sleep(60)", "the child process closed its pipes"),
        ],
    )
    def test_the_end_of_its_process_is_its_own(self, home, code, body, told):
        """Leaving without a word, a segmentation fault, closing the pipes: one status, and the next one runs."""
        statuses = bad_then_good(home, code, body)
        assert told in statuses["bad"].message
        assert statuses["good"].success

    def test_a_forked_copy_does_not_speak_for_it(self, home, code):
        """A subsystem that forks and returns from both is told of once."""
        statuses = bad_then_good(home, code, "os.fork()")
        assert statuses["bad"].success
        assert statuses["good"].success

    def test_all_run_in_one_process_until_it_dies(self, home, code):
        """Two that behave share a child, which is not this process; after a crash there is another one."""
        for name in ("a", "b", "y", "z"):
            code(name, TELLS_PID)
            configure(home, name)
        folder = code("crash", "import os\ndef run(*_): os._exit(1)\n")
        configure(home, "crash")
        run(home, plan_of(home, folder))
        pids = [pid_of(home, name) for name in ("a", "b", "y", "z")]
        assert pids[0] == pids[1] != pids[2] == pids[3]
        assert os.getpid() not in pids
        assert not any(map(psutil.pid_exists, pids))

    def test_surroundings_are_put_back(self, home, code):
        """The folder, the environment and the path that one leaves behind are not what the next one finds."""
        code(
            "a",
            "import os, sys\ndef run(*_):\n    os.chdir('/'); os.environ['LEFT'] = 'x'; sys.path.insert(0, '/left')\n",
        )
        look = "    assert os.getcwd() != '/' and 'LEFT' not in os.environ and '/left' not in sys.path\n"
        look = f"import os, sys\ndef run(*_):\n{look}"
        folder = code("b", look)
        configure(home, "a", priority=1)
        configure(home, "b")
        statuses = run(home, plan_of(home, folder))
        assert statuses["b"].success, statuses["b"].message

    def test_output_is_bounded(self, home, code):
        """The end of a flood is in the status, not the whole."""
        statuses = bad_then_good(home, code, "print('x' * 5_000_000); print('the end'); raise ValueError('flooded')")
        assert statuses["bad"].message == "ValueError: flooded (bad.py:3 in run)"
        assert len(statuses["bad"].extra["output"]) <= 10_000
        assert "the end" in statuses["bad"].extra["output"]

    def test_output_is_passed_on(self, home, code, capsys):
        """What a subsystem prints is printed here, also when it succeeds (a dry run has nothing else)."""
        configure(home, "thing")
        run(home, plan_of(home, code("thing", "def run(*_): print('would send this')\n")))
        assert "would send this" in capsys.readouterr().out


class TestStatus:
    def test_whom_to_tell(self, home, code):
        """The status of a failed one names those in its config's `notify`; a good one's does not."""
        statuses = bad_then_good(home, code, "raise ValueError", notify=["U1"])
        assert read_status(home.subsys_status_dir("bad") / "run.json").extra["notify"] == ["U1"]
        assert "notify" not in statuses["good"].extra


class TestInterrupts:
    def test_ctrl_c_kills_it(self, home, code):
        """An interrupt of this process ends the subsystem's, and its status says so."""
        configure(home, "slow")
        plan = plan_of(home, code("slow", f"{TELLS_PID}    import time; time.sleep(60)\n"))

        def interrupt() -> None:
            with waiting(home.subsys_output_dir("slow") / "pid"):
                os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            run(home, plan)
        thread.join()
        assert not psutil.pid_exists(pid_of(home, "slow"))
        assert read_status(home.subsys_status_dir("slow") / "run.json").message == "Interrupted"


class TestWhatItSees:
    def test_the_table(self, home, code):
        """It reads the night's measurements while this process holds the same home."""
        moment = "2026-11-22T01:02:03+00:00"
        value = Measurement("t", {"n": 1}, "time", "s", "lower", describe([2.0]), 2.0, "installed", None)
        record = Record(
            run_id=RUN, timestamp=moment, experiment="demo", title="", start_time=moment, end_time=moment,
            duration_s=1.0, tvm_hash=None, machine={}, versions={}, config={}, seed=0, position=1, tests=[],
            measurements=[value],
        )  # fmt: skip
        write_record(home.data_file("demo", RUN), record)
        table = Table(home)
        table.refresh()
        table.problems = ["one that cannot be read"]
        text = """
        from pytest_relaybench.dashboard import Report
        def run(dashboard, config, output):
            (row,) = dashboard.table.frame(run_id=dashboard.run_id).to_dict("records")
            return Report(dashboard.table.problems[0], f"{row['value']} {dashboard.home.config.title}")
        """
        configure(home, "thing")
        plan = plan_of(home, code("thing", textwrap.dedent(text)))
        statuses = run_all(Dashboard(home, RUN, table), plan, lambda text: None)
        assert statuses["thing"].success, statuses["thing"]
        report = Dashboard(home, RUN, table).report("thing")
        assert report == Report("one that cannot be read", "2.0 Relay Dashboard")
        assert len(table.frame()) == 1

    def test_the_config_that_was_checked(self, home, code):
        """It runs with the config as it was when the night began, whatever has become of the file since."""
        configure(home, "thing", title="first")
        text = (
            "from pytest_relaybench.dashboard import Report\ndef run(d, config, o): return Report(config.title, '')\n"
        )
        plan = plan_of(home, code("thing", text))
        configure(home, "thing", title="second")
        run(home, plan)
        assert Dashboard(home, RUN, Table(home)).report("thing").title == "first"


class TestObjects:
    def test_modules_run_in_the_child(self, home, tmp_path, monkeypatch):
        """A module of the hook is imported by its name in the child, where its deadline holds."""
        (tmp_path / "room_of_mine.py").write_text("import time\ndef run(*_): time.sleep(60)\n")
        monkeypatch.syspath_prepend(tmp_path)
        import room_of_mine  # noqa: PLC0415

        configure(home, "room_of_mine", timeout_s=0.5)
        plan = make_plan(home, [], [room_of_mine])
        assert plan.notes == ()
        assert "hung" in run(home, plan)["room_of_mine"].message
        del sys.modules["room_of_mine"]

    def test_objects_that_stand_in_a_module(self, home, tmp_path, monkeypatch):
        """An object that is a module's attribute is found there by the child."""
        text = """
        import os
        class Room:
            name = "attic"
            def run(self, dashboard, config, output):
                os._exit(4)
        room = Room()
        """
        (tmp_path / "rooms_of_mine.py").write_text(textwrap.dedent(text))
        monkeypatch.syspath_prepend(tmp_path)
        import rooms_of_mine  # noqa: PLC0415

        configure(home, "attic")
        plan = make_plan(home, [], [rooms_of_mine.room])
        assert "exit status 4" in run(home, plan)["attic"].message
        del sys.modules["rooms_of_mine"]

    def test_objects_that_stand_nowhere(self, home):
        """An object that no module holds runs in this process, and a note says what that means."""
        seen = []
        given = SimpleNamespace(name="room", run=lambda *_: seen.append(os.getpid()))
        configure(home, "room")
        plan = make_plan(home, [], [given])
        assert run(home, plan)["room"].success
        assert seen == [os.getpid()]
        (note,) = plan.notes
        assert note.endswith("it runs in this process, where `timeout_s` does not hold")


def test_nothing_is_started_for_nothing(home, code, monkeypatch):
    """Without a subsystem that runs there is no child."""
    monkeypatch.setattr("subprocess.Popen", None)
    configure(home, "thing", active=False)
    assert run(home, plan_of(home, code("thing", REPORTS))) == {}


def test_status_is_json_whatever_is_raised(home, code):
    """Half a surrogate pair, an enormous message: the status can be written and read."""
    configure(home, "bad")
    status = run(home, plan_of(home, code("bad", "def run(*_): raise ValueError('\\ud800' + 'x' * 100_000)\n")))["bad"]
    assert not status.success
    assert json.loads((home.subsys_status_dir("bad") / "run.json").read_text())["success"] is False
    configure(home, "good")
    assert run(home, plan_of(home, code("good", DOES_NOTHING)))["good"].success
