"""A whole night with secrets wherever a config may name them and hostile text wherever data has text; watched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.fake_slack import Trouble, fake_slack
from tests.faults.project import Project, make_project

CANARY = "canary-7f3a9c"  # in every secret
SECRETS = {
    "NIGHT_SLACK_TOKEN": f"xoxb-{CANARY}-slack",
    "NIGHT_MAIL_PASSWORD": f"{CANARY}-mail",
    "NIGHT_WEBHOOK": f"https://127.0.0.1:9/services/{CANARY}-webhook",
    "AWS_SECRET_ACCESS_KEY": f"{CANARY}-aws",
}
HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\u202e=cmd|' /C calc'!A0<script>alert(1)</script><!channel>\n::error::owned"
LOOK_EVERY_S = 0.1
EXPERIMENT = f'''
from pytest_relaybench import ExperimentConfig, axis


class Config(ExperimentConfig):
    """Names as hostile as they come."""

    names: list[str] = axis("name", ["plain", {HOSTILE!r}])


def test_it(bench, name):
    secret_of_nobody = bench(str.upper, name)
    bench.record("odd " + name, 1.0, unit="1")
    assert secret_of_nobody == name.upper()


def test_fails(bench):
    local = "shown by --showlocals"
    assert bench(sum, (1, 2)) == local
'''
SUBSYSTEM = f'''
"""Says what a subsystem may say."""

from pytest_relaybench.dashboard import Done, Report

HOSTILE = {HOSTILE!r}


def run(dashboard, config, output):
    return Done(HOSTILE, Report(HOSTILE, HOSTILE), note=HOSTILE)
'''
RAISES = f'''
"""Fails with what a program said."""


def run(dashboard, config, output):
    raise RuntimeError({HOSTILE!r})
'''


@dataclass
class Watched:
    """What the night left and did: its output, command lines with a secret, sockets that listened."""

    project: Project
    status: int = 0
    output: str = ""
    command_lines: set[str] = field(default_factory=set)
    listening: set[str] = field(default_factory=set)
    looks: int = 0


def watched_night(root: Path) -> Watched:
    """Run it, with a Slack that fails in several ways."""
    with fake_slack() as slack:
        slack.troubles = {"chat.postMessage": [Trouble(302, headers={"Location": "http://127.0.0.1:9/"})] * 9}
        project = _project(root, slack.base_url)
        night = Watched(project)
        arguments = ("-v", "--showlocals", "--junitxml=junit.xml", "--subsystems", "own", "-W", "default")
        with (
            project.start(*arguments, env={**SECRETS, "GITHUB_ACTIONS": "true"}) as process,
            _watching(process.pid, night),
        ):
            night.output, _ = process.communicate(timeout=120)
        night.status = process.returncode
    return night


def _project(root: Path, slack_url: str) -> Project:
    project = make_project(root, experiments=1, tests=1, pause_s=0.2)
    project.experiment("hostile", EXPERIMENT, title=HOSTILE, description=HOSTILE)
    remote = {"tvm_remote": f"https://user:{CANARY}-git@example.invalid/tvm", "variants": ["git:main"]}
    project.experiment("remote", "def test_it(bench): bench(sum, (1, 2))\n", **remote)
    folder = root / "outside"
    folder.mkdir()
    (folder / "token").write_text(f"xoxb-{CANARY}-file")
    sending = {"active": True, "base_url": slack_url, "sending_timeout_s": 2, "request_timeout_s": 1}
    mail = {
        "host": "127.0.0.1", "port": 9, "user": "bench", "password_env": "NIGHT_MAIL_PASSWORD",
        "sender": "a@example.org", "recipients": ["b@example.org"],
    }  # fmt: skip
    by_env = {"channel_id": "C1", "slack_token_env": "NIGHT_SLACK_TOKEN", "slack_webhook_env": "NIGHT_WEBHOOK"}
    project.config("config/subsystem/exp_reports/config.json", {**sending, **by_env, "email": mail, "title": HOSTILE})
    by_file = {"channel_id": "C1", "slack_token_file": str(folder / "token")}
    project.config("config/subsystem/subsys_reporter/config.json", {**sending, **by_file})
    for name in ("website", "says", "raises"):
        project.config(f"config/subsystem/{name}/config.json", {"active": True, "title": HOSTILE})
    (root / "own").mkdir()
    (root / "own" / "says.py").write_text(SUBSYSTEM)
    (root / "own" / "raises.py").write_text(RAISES)
    return project


@contextmanager
def _watching(pid: int, night: Watched) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_EVERY_S):
            look(pid, night)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def look(pid: int, night: Watched) -> None:
    """Note what the process and all that it has started are called with, and what they listen on, now."""
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.Error:
        return
    listening = _listening()
    for process in tree:
        try:
            words = process.cmdline()
            held = {str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir()}
        except (psutil.Error, OSError):  # it has ended meanwhile
            continue
        night.looks += 1
        night.command_lines |= {" ".join(words)} if CANARY in " ".join(words) else set()
        night.listening |= {f"{words}: {listening[socket]}" for socket in held & set(listening)}


def _listening() -> dict[str, str]:
    """`socket:[inode]` → what it is, of every socket of this machine that somebody else can connect or send to."""
    found = {}
    for kind, states in (("tcp", {"0A"}), ("tcp6", {"0A"}), ("udp", {"07"}), ("udp6", {"07"})):
        for line in _rows(kind):
            if line[3] in states:
                found[f"socket:[{line[9]}]"] = f"{kind} {line[1]}"
    for line in _rows("unix"):
        if int(line[3], 16) & 0x10000:  # __SO_ACCEPTCON
            found[f"socket:[{line[6]}]"] = f"unix {line[7:]}"
    return found


def _rows(kind: str) -> list[list[str]]:
    try:
        return [line.split() for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
    except OSError:  # no such family here
        return []
