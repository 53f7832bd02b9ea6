"""Set-up that is built once, shared by racing processes, and never half there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_relaybench.setup_cache import SetupCache

RACER = """
import sys, time
from pathlib import Path
from pytest_relaybench.setup_cache import SetupCache

def build(folder):
    with (Path(sys.argv[1]).parent / "builds").open("a") as log:
        log.write("x")
    (folder / "first").write_text("1")
    time.sleep(float(sys.argv[2]))
    (folder / "second").write_text("2")

print("up", flush=True)
sys.stdin.readline()
path = SetupCache(Path(sys.argv[1]))("thing", build, "input")
print(sorted(child.name for child in path.iterdir()), path, flush=True)
"""


def racer(folder: Path, seconds: float) -> subprocess.Popen[str]:
    script = folder.parent / "racer.py"
    script.write_text(RACER)
    command = [sys.executable, str(script), str(folder), str(seconds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def counting_build(counts: list[str]):
    def build(folder: Path) -> None:
        counts.append("built")
        (folder / "file").write_text(str(len(counts)))

    return build


def test_racing_processes_build_once(tmp_path):
    """Processes that ask at the same moment all get the whole folder, which one of them built."""
    folder = tmp_path / "setup"
    racers = [racer(folder, 0.3) for _ in range(4)]
    for process in racers:
        go(process)
    told = {process.communicate(timeout=30)[0] for process in racers}
    assert (tmp_path / "builds").read_text() == "x"
    assert len(told) == 1
    assert told.pop().startswith("['first', 'second']")


def test_killed_builder_leaves_nothing_usable(tmp_path):
    """After a SIGKILL in the middle of a build nothing is published; the next one builds anew and tidies up."""
    folder = tmp_path / "setup"
    victim = racer(folder, 60)
    go(victim)
    wait_for(lambda: list(folder.glob(".thing-*.tmp/content/first")))
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert [name for name in entries(folder) if not name.startswith(".")] == []
    retry = racer(folder, 0)
    go(retry)
    told, _ = retry.communicate(timeout=30)
    assert told.startswith("['first', 'second']")
    assert (tmp_path / "builds").read_text() == "xx"
    assert [name.partition("-")[0] for name in entries(folder)] == ["thing"]


def test_waiting_process_builds_after_the_builder_is_killed(tmp_path):
    """Who waits for a builder that dies takes over instead of waiting for ever."""
    folder = tmp_path / "setup"
    victim = racer(folder, 60)
    go(victim)
    wait_for(lambda: list(folder.glob(".thing-*.tmp/content/first")))
    heir = racer(folder, 0)
    go(heir)
    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()
    assert heir.communicate(timeout=30)[0].startswith("['first', 'second']")


def test_second_call_builds_nothing(tmp_path):
    """The same name, inputs and build give the same folder, also in another process's cache."""
    counts: list[str] = []
    build = counting_build(counts)
    paths = {SetupCache(tmp_path)("thing", build, 1, "a") for _ in range(3)}
    assert counts == ["built"]
    assert (paths.pop() / "file").read_text() == "1"


def test_build_that_raises_leaves_nothing(tmp_path):
    """The exception passes through, and the next call builds again."""

    def build(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise RuntimeError("no network")

    cache = SetupCache(tmp_path)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no network"):
            cache("thing", build)
    assert entries(tmp_path) == []


def test_rerun_builds_anew_once(tmp_path):
    """With `rerun` what was there is replaced at the first call, and only then."""
    counts: list[str] = []
    build = counting_build(counts)
    SetupCache(tmp_path)("thing", build)
    cache = SetupCache(tmp_path, rerun=True)
    path = cache("thing", build)
    assert cache("thing", build) == path
    assert (path / "file").read_text() == "2"
    assert counts == ["built", "built"]
    assert len(entries(tmp_path)) == 1


def test_rerun_that_fails_keeps_what_was_there(tmp_path):
    """A rebuild that raises does not take away the folder that others may be using."""
    counts: list[str] = []

    def build(folder: Path) -> None:
        counts.append("built")
        if len(counts) > 1:
            raise RuntimeError("no network")
        (folder / "file").write_text("1")

    path = SetupCache(tmp_path)("thing", build)
    with pytest.raises(RuntimeError):
        SetupCache(tmp_path, rerun=True)("thing", build)
    assert (path / "file").read_text() == "1"


def test_processes_of_one_run_agree_on_one_rebuild(tmp_path):
    """Caches that share `fresh_since` build anew once between them."""
    counts: list[str] = []
    build = counting_build(counts)
    SetupCache(tmp_path)("thing", build)
    start = time.time()
    for _ in range(3):
        SetupCache(tmp_path, fresh_since=start)("thing", build)
    assert len(counts) == 2


def test_meta_tells_what_it_was_made_of(tmp_path):
    """`meta.json` beside the content tells inputs, duration and time."""
    path = SetupCache(tmp_path)("thing", counting_build([]), "a", [1, None])
    meta = json.loads((path.parent / "meta.json").read_text())
    assert meta["inputs"][1:] == ["a", [1, None]]
    assert meta["entry"] == path.parent.name
    assert meta["duration_s"] >= 0
    assert meta["when"].endswith("+00:00")


def test_log_is_told_of_builds_only(tmp_path):
    """The log gets a line per build, none per hit."""
    told: list[str] = []
    cache = SetupCache(tmp_path, log=told.append)
    build = counting_build([])
    name = cache("thing", build).parent.name
    cache("thing", build)
    assert told == [f"building {name}"]


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "a b"])
def test_names_are_file_names(tmp_path, name):
    """A name that would lead out of the set-up folder is refused."""
    with pytest.raises(ValueError, match="names are letters"):
        SetupCache(tmp_path)(name, counting_build([]))
