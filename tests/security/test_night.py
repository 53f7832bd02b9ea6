"""What a whole night leaves, prints and opens: no secret, no hostile text as it is, no port."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.project import Project
from tests.security.left_behind import left_behind
from tests.security.watched_night import CANARY, SECRETS, Watched, look, watched_night


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One night for all tests of this file."""
    patch = pytest.MonkeyPatch()
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        patch.delenv(name, raising=False)
    yield watched_night(tmp_path_factory.mktemp("night"))
    patch.undo()


def status(night: Watched, subsystem: str) -> str:
    return str(json.loads((night.project.home.subsys_status_dir(subsystem) / "run.json").read_text())["message"])


def test_the_night_was_one(night: Watched) -> None:
    """It measured, failed where it should, tried to send with every secret, and built its site."""
    assert night.status == 1
    assert len(night.project.kept()) == 3
    assert "FAILED bench/test_hostile.py::test_fails" in night.output
    for way in ("e-mail", "Slack channel C1", "Slack webhook"):
        assert f"not sent to {way}" in status(night, "exp_reports")
    assert "leads elsewhere" in status(night, "subsys_reporter")
    assert (night.project.home.subsys_output_dir("website") / "index.html").is_file()
    assert len(list((night.project.home_folder / "backup").glob("*.tar.zst"))) == 2
    assert night.looks > 20


def test_no_secret_is_in_anything_that_is_left(night: Watched) -> None:
    """Home, archives, site, journal, records, outbox, JUnit: only where a person put it is it found."""
    found = {name for name, content in left_behind(night.project.root) if CANARY.encode() in content}
    # whoever writes one into a config against the rule has it in the archive of the configs, too
    own = {name for name in found if name == "outside/token" or name.endswith("config/experiments/remote/config.json")}
    assert found == own
    assert len(own) == 4


def test_no_secret_is_told(night: Watched) -> None:
    """Not by the terminal with -v and --showlocals, and not to who lists processes."""
    assert CANARY not in night.output
    assert night.command_lines == set()
    assert "a remote holds no user, password or token" in night.output


def test_the_search_would_find_one(night: Watched) -> None:
    """It looks into records, the journal, the site and the archives: the name of an experiment is found in each."""
    found = {name for name, content in left_behind(night.project.home_folder) if b"night_0" in content}
    places = ("results/experiments/data/", "results/runs/", "results/subsystem/output/website/", "backup/")
    assert [place for place in places if not any(name.startswith(place) for name in found)] == []
    assert any(".tar.zst/results/experiments/data/" in name for name in found)
    assert all(CANARY in secret for secret in SECRETS.values())


def test_nothing_hostile_reaches_the_terminal(night: Watched) -> None:
    """Titles, parameters, notes and errors: what a terminal or GitHub would obey is shown as an escape."""
    obeyed = {mark for mark in night.output if mark != "\n" and unicodedata.category(mark) in ("Cc", "Cf", "Zl", "Zp")}
    assert obeyed == set()
    commands = [line for line in night.output.splitlines() if line.lstrip().startswith("::") and "owned" in line]
    assert commands == []
    assert "\\u001b" in night.output


LISTENS = """
import os, socket, sys
tcp, udp, unix = socket.socket(), socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
tcp.bind(("127.0.0.1", 0)), udp.bind(("127.0.0.1", 0)), unix.bind(f"\\0relaybench-{os.getpid()}")
tcp.listen(), unix.listen()
print("ready", flush=True)
sys.stdin.read()
"""


def test_the_watch_would_see_it(tmp_path: Path) -> None:
    """A process with a secret among its words, and a port of each kind, is seen."""
    seen = Watched(Project(tmp_path))
    command = [sys.executable, "-S", "-c", LISTENS, CANARY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        look(process.pid, seen)
        process.communicate(b"")
    assert sorted(one.rpartition("]: ")[2].split()[0] for one in seen.listening) == ["tcp", "udp", "unix"]
    assert len(seen.command_lines) == 1


def test_no_process_of_a_night_listens(night: Watched) -> None:
    """Children talk over pipes that they inherit: no TCP, no UDP, no socket of a name."""
    assert night.listening == set()
