"""One run at a time in a home."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_relaybench.errors import HomeError
from pytest_relaybench.lock import HOLDER_FILE, HomeLock

HOLD = """
import sys, time
from pathlib import Path
from pytest_relaybench.lock import HomeLock
lock = HomeLock(Path(sys.argv[1]), "20261122T010203.000004Z")
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of `tmp_path`."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_second_run_is_refused_with_the_holder_named(tmp_path, holder):
    """Whoever comes second learns in one line which process holds the home, where and since when."""
    with pytest.raises(HomeError) as error:
        HomeLock(tmp_path, "other").acquire()
    facts = json.loads((tmp_path / HOLDER_FILE).read_text())
    told = str(error.value)
    assert "\n" not in told
    for fact in (str(tmp_path), str(holder.pid), facts["host"], facts["start"], "20261122T010203.000004Z"):
        assert fact in told


def test_refusal_leaves_the_holders_facts_alone(tmp_path, holder):
    """A refused start neither removes nor changes what the holder wrote about itself."""
    before = (tmp_path / HOLDER_FILE).read_bytes()
    lock = HomeLock(tmp_path, "other")
    with pytest.raises(HomeError):
        lock.acquire()
    lock.release()
    assert (tmp_path / HOLDER_FILE).read_bytes() == before


def test_dead_run_does_not_block(tmp_path, holder):
    """A killed run leaves its facts behind, and the next run starts at once and writes its own."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / HOLDER_FILE).is_file()
    with HomeLock(tmp_path, "next"):
        facts = json.loads((tmp_path / HOLDER_FILE).read_text())
    assert (facts["pid"], facts["run_id"]) == (os.getpid(), "next")


def test_children_do_not_keep_the_lock(tmp_path):
    """A child process that outlives the holder does not hold the home in its place."""
    child_of_holder = HOLD.replace("time.sleep(60)", "import subprocess; subprocess.Popen(['sleep', '30'])")
    held = subprocess.run(
        [sys.executable, "-c", child_of_holder, tmp_path], stdout=subprocess.DEVNULL, timeout=20, check=True
    )
    assert held.returncode == 0
    HomeLock(tmp_path, "next").acquire()


def test_released_when_the_block_raises(tmp_path):
    """Leaving the context by an exception frees the home and takes the facts away."""
    with pytest.raises(KeyboardInterrupt), HomeLock(tmp_path, "first"):
        raise KeyboardInterrupt
    assert not (tmp_path / HOLDER_FILE).exists()
    HomeLock(tmp_path, "second").acquire()


def test_release_twice_is_harmless(tmp_path):
    """Several ways out may each release: the second one does nothing, not even to the next holder."""
    first, second = HomeLock(tmp_path, "first"), HomeLock(tmp_path, "second")
    first.acquire()
    first.release()
    second.acquire()
    first.release()
    assert json.loads((tmp_path / HOLDER_FILE).read_text())["run_id"] == "second"
    with pytest.raises(HomeError):
        HomeLock(tmp_path, "third").acquire()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_damaged_facts_still_give_a_sentence(tmp_path, holder, content):
    """When the facts cannot be read the refusal says what it knows."""
    (tmp_path / HOLDER_FILE).write_bytes(content)
    with pytest.raises(HomeError, match="another run is using this home"):
        HomeLock(tmp_path, "other").acquire()


def test_home_that_cannot_be_written(tmp_path):
    """A home where no lock can be made is refused in one line."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(HomeError, match="cannot be written"):
        HomeLock(tmp_path / "file" / "home", "run").acquire()


def test_home_whose_facts_cannot_be_written_is_not_kept_locked(tmp_path: Path):
    """When the facts cannot be written the lock is let go again."""
    (tmp_path / HOLDER_FILE).mkdir()
    with pytest.raises(HomeError, match="cannot be written"):
        HomeLock(tmp_path, "first").acquire()
    (tmp_path / HOLDER_FILE).rmdir()
    HomeLock(tmp_path, "second").acquire()
