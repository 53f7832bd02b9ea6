"""Code that may hang or die when it is loaded is loaded in a copy of the process first."""

from __future__ import annotations

import os
import select
import signal
import threading
import time

import pytest

from pytest_relaybench import subsystem_trial
from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.subsystem_origin import Origin
from pytest_relaybench.subsystem_trial import try_loading

from ..isolation.conftest import vanishes
from .code import configure, plan_of


def loading(tmp_path, text: str, timeout_s: float = 10.0) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text)
    try_loading(Origin("bad", str(path)).load, path, timeout_s)


@pytest.mark.parametrize("text", ["", "raise ValueError", "import sys; sys.exit(3)", "1/0", "syntax error"])
def test_what_comes_back_is_no_matter(tmp_path, text):
    """Code that loads, raises or exits in Python's own way is the caller's to load."""
    loading(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\nimport time; time.sleep(60)", "not done after 0.5 s (bad.py:2 in <module>)"),
        ("import os; os._exit(0)", "it ends the process with exit status 0"),
        ("import os; os.abort()", "it is killed by SIGABRT (bad.py:1 in <module>)"),
        ("import os; os.kill(os.getpid(), 9)", "it is killed by SIGKILL"),
        ("import os\nwhile True: os.write(1, bytes(1 << 20))", "not done after 0.5 s (bad.py:2 in <module>)"),
    ],
)
def test_what_does_not(tmp_path, text, told):
    """A hang, an exit, a crash and a flood are a line each, with the place where the copy was."""
    began = time.monotonic()
    with pytest.raises(SubsystemError) as caught:
        loading(tmp_path, text, 0.5)
    assert str(caught.value) == f"{tmp_path / 'bad.py'}: the subsystem cannot be loaded: {told}"
    assert time.monotonic() - began < 8


def test_a_copy_that_ends_between_two_looks_has_come_back(tmp_path, monkeypatch):
    """Its word is in the pipe although nothing was there a moment before it ended."""
    waiting = select.poll()
    looks = []

    class Late:
        register = waiting.register

        def poll(self, wait_ms):
            looks.append(wait_ms)
            if len(looks) > 1:
                return waiting.poll(wait_ms)
            time.sleep(0.5)  # the copy comes back, and ends, after the look
            return []

    monkeypatch.setattr(subsystem_trial.select, "poll", Late)
    loading(tmp_path, "")
    assert len(looks) == 2


@pytest.mark.parametrize("own_session", [False, True])
def test_nothing_of_the_copy_stays(tmp_path, capfd, own_session):
    """Neither what it printed nor what it started, wherever that hides, nor what it changed."""
    text = f"""
import os, subprocess
print("loading", flush=True)
os.environ["LEFT"] = "by the copy"
open({str(tmp_path / "pid")!r}, "w").write(str(subprocess.Popen(["sleep", "600"], start_new_session={own_session}).pid))
"""
    loading(tmp_path, text)
    assert vanishes(int((tmp_path / "pid").read_text()))
    assert "LEFT" not in os.environ
    assert capfd.readouterr() == ("", "")


def test_where_nobody_hears_of_children(tmp_path):
    """A plugin may have told the system that it does not want to: code that loads is loaded all the same."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        loading(tmp_path, "")
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_interrupt_ends_the_copy(tmp_path):
    """Ctrl-C during a load that takes long is the person's, and leaves nothing behind."""
    text = f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"

    def interrupt() -> None:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        loading(tmp_path, text)
    thread.join()
    assert vanishes(int((tmp_path / "pid").read_text()))


def test_plan_tells_and_goes_on(home, code, monkeypatch):
    """A subsystem that cannot be loaded has a failed precheck; the others are ready to run."""
    monkeypatch.setattr(subsystem_trial, "LOAD_TIMEOUT_S", 0.5)
    code("hangs", "import time\ntime.sleep(60)\n")
    folder = code("good")
    for name in ("hangs", "good"):
        configure(home, name)
    entries = {entry.name: entry for entry in plan_of(home, folder).entries}
    assert "not done after 0.5 s (hangs.py:2 in <module>)" in entries["hangs"].problem
    assert entries["good"].runs


def test_inactive_one_is_not_tried(home, code):
    """The code of a subsystem that is switched off is not loaded at all, in a copy neither."""
    configure(home, "off", active=False)
    (entry,) = plan_of(home, code("off", f"open({str(home.root)!r} + '.loaded', 'w')\n")).entries
    assert not entry.problem
    assert not home.root.with_name("home.loaded").exists()
