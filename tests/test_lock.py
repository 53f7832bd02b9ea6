"""One run at a time in a home."""

from __future__ import annotations

import errno
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_relaybench.errors import HomeError
from pytest_relaybench.lock import HOLDER_FILE, LOCK_FILE, HomeLock

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


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"pid": "x"}', b'{"pid": -1}'])
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


def test_home_whose_facts_cannot_be_written_is_not_kept_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """When the facts cannot be written the lock is let go again."""

    def full(path: Path, content: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("pytest_relaybench.lock.write_json", full)
        with pytest.raises(HomeError, match="cannot be written: No space left on device"):
            HomeLock(tmp_path, "first").acquire()
    HomeLock(tmp_path, "second").acquire()


def test_waits_for_the_holder_to_end(tmp_path, holder):
    """`wait_s` waits, tells at once for whom, once, and takes the home within a second of the holder's end."""
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        holder.kill()

    lock = HomeLock(tmp_path, "next")
    assert lock.acquire(wait_s=float("inf"), tell=tell)
    (line,) = told
    assert str(holder.pid) in line
    assert platform.node() in line
    assert lock.left_by == "20261122T010203.000004Z"
    lock.name_run("named")
    assert json.loads((tmp_path / HOLDER_FILE).read_text())["run_id"] == "named"
    lock.release()
    assert HomeLock(tmp_path, "free").acquire() is False


def test_waits_no_longer_than_asked(tmp_path, holder):
    """After so many seconds the refusal names the holder and how long was waited."""
    with pytest.raises(HomeError, match=rf"process {holder.pid} on .*, also after the 0.2 s of --wait"):
        HomeLock(tmp_path, "next").acquire(wait_s=0.2)


def test_who_has_just_begun_is_named_and_not_who_was_before(tmp_path, holder):
    """Facts that a dead process left are not told as the holder's: the holder is given a moment to write its own."""
    facts = (tmp_path / HOLDER_FILE).read_text()
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (tmp_path / HOLDER_FILE).write_text(facts.replace(str(holder.pid), dead.stdout.decode().strip()))
    naming = threading.Timer(0.2, (tmp_path / HOLDER_FILE).write_text, [facts])
    naming.start()
    with pytest.raises(HomeError, match=f"process {holder.pid} "):
        HomeLock(tmp_path, "next").acquire()
    naming.join()


def test_only_the_owner_reads_the_lock_and_the_facts(tmp_path):
    """Mode 0600, also for a lock that an earlier version left for all to read."""
    (tmp_path / LOCK_FILE).touch(0o644)
    with HomeLock(tmp_path, "run"):
        modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in (LOCK_FILE, HOLDER_FILE)}
    assert modes == {LOCK_FILE: 0o600, HOLDER_FILE: 0o600}


@pytest.fixture
def foreign(tmp_path):
    """What a run of another host left in `tmp_path`."""
    facts = {"pid": 77, "host": "elsewhere", "start": "2026-11-22T01:02:03+00:00", "run_id": "20261122T010203.000004Z"}
    (tmp_path / HOLDER_FILE).write_text(json.dumps(facts))


def test_another_hosts_facts_do_not_block_where_locks_are_shared(tmp_path, foreign):
    """On a file system of this machine, as of a container that was killed, a free lock is free."""
    with HomeLock(tmp_path, "next") as lock:
        assert lock.left_by == "20261122T010203.000004Z"
        assert json.loads((tmp_path / HOLDER_FILE).read_text())["run_id"] == "next"


def test_who_is_no_run_leaves_what_a_killed_run_left(tmp_path, foreign):
    """A command, or a `--resume` that is refused: the next run still tells of the one that was killed."""
    with HomeLock(tmp_path):
        pass
    with HomeLock(tmp_path, "next") as lock:
        assert lock.left_by == "20261122T010203.000004Z"
    assert not (tmp_path / HOLDER_FILE).exists()


def test_another_hosts_facts_block_where_its_lock_would_not_be_seen(tmp_path, foreign, monkeypatch):
    """On SMB and its like the refusal names host, process, run and the file to remove; without that file it is free."""
    monkeypatch.setattr("pytest_relaybench.lock.type_without_shared_locks", lambda *_: "cifs")
    with pytest.raises(HomeError) as error:
        HomeLock(tmp_path, "next").acquire()
    told = str(error.value)
    assert "\n" not in told
    facts = ("elsewhere", "77", "20261122T010203.000004Z", "cifs", f"remove {tmp_path / HOLDER_FILE}")
    assert [fact for fact in facts if fact not in told] == []
    (tmp_path / HOLDER_FILE).unlink()
    HomeLock(tmp_path, "next").acquire()


def test_facts_write_nothing_to_the_terminal(tmp_path, holder):
    """Escape sequences in the file are shown, not obeyed."""
    facts = {"pid": 1, "host": "a\x1b[2Jb\nc", "start": "now", "run_id": "run"}
    (tmp_path / HOLDER_FILE).write_text(json.dumps(facts))
    with pytest.raises(HomeError) as error:
        HomeLock(tmp_path, "next").acquire()
    assert str(error.value).isprintable()
