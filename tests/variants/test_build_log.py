"""The log of a build: whole on disk, its end in the error, and no program that outlives its time."""

from __future__ import annotations

import sys
import time

import pytest

from pytest_relaybench.errors import VariantError
from pytest_relaybench.variants.build_log import BuildLog


@pytest.fixture
def log(tmp_path) -> BuildLog:
    return BuildLog(tmp_path / "logs", "git:main")


def run(log: BuildLog, tmp_path, code: str, timeout_s: float = 60) -> None:
    log.run([sys.executable, "-c", code], what="the thing", env={"GIVEN": "1"}, cwd=tmp_path, timeout_s=timeout_s)


def test_log_holds_everything(log, tmp_path):
    """Commands, what they were given, and both their outputs."""
    run(log, tmp_path, "import os, sys; print('out', os.environ['GIVEN']); print('err', file=sys.stderr)")
    text = log.path.read_text()
    assert "GIVEN=1\n" in text
    assert "\nerr" in text
    assert "\nout 1" in text


def test_failure_is_short_and_plain(log, tmp_path):
    """A failure shows the last 50 lines, cut where they are long, without what would play with a terminal."""
    code = "print('first'); [print(number, 'x' * 1000) for number in range(60)]; print('\\033[2Jred\\xff'); exit(3)"
    with pytest.raises(VariantError) as caught:
        run(log, tmp_path, code)
    lines = str(caught.value).splitlines()
    assert lines[0] == "variant git:main: the thing failed (exit status 3)"
    assert len(lines) == 52
    assert max(map(len, lines[1:-1])) == 400
    assert lines[-2].startswith("?[2Jred")
    assert "first" in log.path.read_text()


def test_signal_is_a_failure(log, tmp_path):
    """A program that a signal ends has failed, as a shell tells it."""
    with pytest.raises(VariantError, match=r"exit status 137"):
        run(log, tmp_path, "import os; os.kill(os.getpid(), 9)")


def test_too_slow_program_is_killed(log, tmp_path):
    """A program that takes too long is ended, and what it started, too."""
    marker = tmp_path / "alive"
    grandchild = f"import time, pathlib\nwhile True: pathlib.Path({str(marker)!r}).touch(); time.sleep(0.01)"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {grandchild!r}]); time.sleep(60)"
    with pytest.raises(VariantError, match="the thing took longer than 2 s"):
        run(log, tmp_path, code, timeout_s=2)
    assert marker.exists()
    marker.unlink()
    time.sleep(0.3)
    assert not marker.exists()


def test_nothing_is_written_unless_something_happens(log):
    """A variant that was ready leaves no log."""
    assert not log.path.exists()
    assert str(log.failure("why")) == "variant git:main: why"
