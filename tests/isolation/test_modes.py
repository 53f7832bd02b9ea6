"""Where tests run and where their output goes: children, this process, a debugger's terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

import pytest

SIMPLE = """
import os
import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(bench, number):
    with open("ran", "a") as file:
        file.write(f"{number} {os.getpid()}\\n")
"""


def test_one_child_for_all_and_none_on_request(pytester: pytest.Pytester) -> None:
    """Tests share one child, which is not the parent; with `--isolation none` they run in the parent."""
    pytester.makepyfile(test_it=SIMPLE)
    pytester.runpytest_inprocess().assert_outcomes(passed=4)
    pids = {int(line.split()[1]) for line in (pytester.path / "ran").read_text().splitlines()}
    assert len(pids) == 1
    assert os.getpid() not in pids
    (pytester.path / "ran").unlink()
    pytester.runpytest_inprocess("--isolation", "none").assert_outcomes(passed=4)
    assert {int(line.split()[1]) for line in (pytester.path / "ran").read_text().splitlines()} == {os.getpid()}


def test_output_is_live_when_not_captured(pytester: pytest.Pytester) -> None:
    """With `-s` what a test prints is seen while the test still runs."""
    pytester.makepyfile(
        test_it="""
        import time

        def test_it(bench):
            print("first", flush=True)
            time.sleep(1)
            print("second")
            bench.record("x", 1, unit="1")
    """
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-s", "-q"], stdout=subprocess.PIPE, text=True, cwd=pytester.path
    )
    assert process.stdout is not None
    seen = {}
    for line in process.stdout:
        seen.setdefault(line.strip(), time.monotonic())
    assert process.wait() == 0
    assert seen["second"] - seen["first"] > 0.7
    process.stdout.close()


def test_debugger_gets_the_terminal(pytester: pytest.Pytester) -> None:
    """`--pdb` runs the tests in the parent, so that the prompt comes where the failure is and can be answered."""
    pytester.makepyfile(test_it="def test_it(bench):\n    secret = 6 * 7\n    assert not secret\n")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "--pdb", "-q"], stdin=slave, stdout=slave, stderr=slave, cwd=pytester.path
    )
    os.close(slave)
    try:
        said = _until(master, b"(Pdb) ")
        os.write(master, b"p secret + 1\n")
        said += _until(master, b"(Pdb) ")
        os.write(master, b"q\n")
        assert process.wait(30) != 0
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert b"\n43" in said


def _until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal shows up to and with the wanted words."""
    shown, deadline = b"", time.monotonic() + 30
    while wanted not in shown:
        assert select.select([terminal], [], [], deadline - time.monotonic())[0], shown.decode(errors="replace")
        shown += os.read(terminal, 4096)
    return shown
