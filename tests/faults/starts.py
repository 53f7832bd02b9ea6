"""Starts that meet another run, or what it left behind, and clocks that were set back."""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from pytest_relaybench.errors import HomeError
from pytest_relaybench.history.journal import read_journal
from pytest_relaybench.lock import HOLDER_FILE, HomeLock

from .campaign import Fault, Outcome
from .clocks import clock_between, clock_within
from .project import PATIENCE_S
from .starter import ended, held, kill, small, starter

RUN = "20261122T010203.000004Z"
REFUSED = 4


def refusal(root: Path) -> str:
    """Why the home cannot be had now, in one line; "" when it can."""
    lock = HomeLock(root, "next")
    try:
        lock.acquire()
    except HomeError as error:
        return str(error)
    lock.release()
    return ""


def names(told: str, pid: int, run: str) -> bool:
    """Whether the line names the holder: process, host, start and run."""
    start = re.search(r"since \d{4}-\d\d-\d\dT", told)
    facts = (f"process {pid} ", platform.node(), run)
    return bool(start) and "\n" not in told.strip() and all(fact in told for fact in facts)


def duplicate(folder: Path, _random: Random) -> Outcome:
    """A start without --wait leaves with one line that names the first, and the first goes on."""
    first = starter(folder)
    try:
        run = held(first)
        told = refusal(folder)
        return Outcome(names(told, first.pid, run) and first.poll() is None, told=told)
    finally:
        kill(first)


def waiting(folder: Path, random: Random) -> Outcome:
    """A start with --wait says at once for whom it waits, says it once, and begins when the first has ended."""
    first = starter(folder)
    run = held(first)
    second = starter(folder, wait_s=float("inf"), held_s=0.0)
    assert second.stdout is not None
    line = second.stdout.readline()
    time.sleep(random.uniform(0.0, 0.5))
    if random.random() < 0.5:
        kill(first)
    else:
        (folder / "done").touch()
        ended(first)
    after = ended(second)
    is_later = after.startswith("held ") and after.split()[1] > run
    return Outcome(names(line, first.pid, run) and "waiting for it" in line and is_later, told=line + after)


def same_moment(folder: Path, random: Random) -> Outcome:
    """Of starts at the very same moment one has the home at a time: those that do not wait are refused but for one."""
    go, waits = folder / "go", [random.random() < 0.3 for _ in range(4)]
    processes = [starter(folder, wait_s=30.0 if wait else 0.0, held_s=0.3, at=go) for wait in waits]
    assert all(process.stdout and process.stdout.readline() == "ready\n" for process in processes)
    go.touch()
    said = [ended(process) for process in processes]
    log = (folder / "log").read_text().split()
    in_turn = all(log[at] == "begin" and log[at + 1] == log[at + 3] for at in range(0, len(log), 4))
    began = [text for text in said if "held" in text]
    refused = [text for text in said if text.startswith("refused: ") and " is using this home" in text]
    all_waited = all("held" in text for text, wait in zip(said, waits, strict=True) if wait)
    survived = in_turn and all_waited and len(began) + len(refused) == len(said) and len(log) == 4 * len(began)
    return Outcome(survived and len(began) > 0, told="\n".join([*said, *log]))


def nights_at_once(folder: Path, _random: Random) -> Outcome:
    """Three nights at the same moment, one of which waits: none overlaps another, and all is kept that was measured."""
    project = small(folder)
    nights = [project.start(*arguments) for arguments in ((), (), ("--wait",))]
    said = [night.communicate(timeout=PATIENCE_S)[0] for night in nights]
    statuses = [night.returncode for night in nights]
    times = []
    for run in project.run_ids():
        entries = read_journal(project.home.run_dir(run) / "journal.jsonl")
        times.append((entries[0]["timestamp"], entries[-1]["time"]))
    apart = all(before[1] < after[0] for before, after in pairwise(times))
    refused = [text for text, status in zip(said, statuses, strict=True) if status == REFUSED]
    one_line = all(len(text.strip().splitlines()) == 1 and "is using this home (process" in text for text in refused)
    survived = apart and one_line and statuses[2] == 0 and sorted(statuses) in ([0, 0, 4], [0, 4, 4])
    survived = survived and len(times) == statuses.count(0)
    return Outcome(survived, len(project.finished() - project.kept()), told="\n".join([str(times), *said]))


def killed(folder: Path, random: Random) -> Outcome:
    """A killed holder's home is free at once, whenever it was killed, and the next knows which run it was."""
    first = starter(folder)
    run = held(first) if random.random() < 0.5 else ""
    time.sleep(0 if run else random.uniform(0.0, 0.5))
    kill(first)
    lock = HomeLock(folder, "next")
    lock.acquire()
    lock.release()
    return Outcome(not run or lock.left_by == run, told=f"{run}: left by {lock.left_by!r}")


def facts(**changed: Any) -> dict[str, Any]:
    """What a holder writes of itself."""
    usual = {"pid": 1, "host": platform.node(), "start": "2026-11-22T01:02:03+00:00", "run_id": RUN}
    return {**usual, **changed}


def stale(folder: Path, random: Random) -> Outcome:
    """Facts of a dead process of this host, or of one whose number another has by now, are in nobody's way."""
    pid = random.choice([os.getpid(), os.getppid(), 1, random.randrange(2**22, 2**30)])
    (folder / HOLDER_FILE).write_text(json.dumps(facts(pid=pid)))
    told = refusal(folder)
    return Outcome(not told and not (folder / HOLDER_FILE).exists(), told=told)


def other_host(folder: Path, random: Random) -> Outcome:
    """Another host's facts on a file system whose locks every host sees, as here: free means free."""
    (folder / HOLDER_FILE).write_text(json.dumps(facts(host=f"host-{random.randrange(1000)}")))
    lock = HomeLock(folder, "next")
    lock.acquire()
    lock.release()
    return Outcome(lock.left_by == RUN, told=lock.left_by)


def other_host_unseen(folder: Path, random: Random) -> Outcome:
    """Another host's facts where its lock would not be seen: one line names host, process, and the file to remove."""
    host = f"host-{random.randrange(1000)}"
    (folder / HOLDER_FILE).write_text(json.dumps(facts(host=host, pid=77)))
    (folder / "mountinfo").write_text(f"1 0 0:1 / {folder.resolve()} rw - cifs //server/share rw\n")
    lock = HomeLock(folder, "next", mounts=folder / "mountinfo")
    try:
        lock.acquire()
    except HomeError as error:
        told = str(error)
    else:
        return Outcome(survived=False, told="the home was taken")
    named = all(fact in told for fact in (host, "process 77 ", RUN, f"remove {folder / HOLDER_FILE}"))
    (folder / HOLDER_FILE).unlink()
    lock.acquire()
    lock.release()
    return Outcome(named and "\n" not in told, told=told)


def damaged(folder: Path, random: Random) -> Outcome:
    """Facts cut short, of random bytes or of wrong types: a free home is taken, a held one is refused in one line."""
    whole = json.dumps(facts()).encode()
    key, value = random.choice(list(facts())), random.choice([None, [], -1, 1e300, {}, "\x1b[2J\n"])
    content = random.choice([
        whole[: random.randrange(len(whole))],
        random.randbytes(random.randrange(200)),
        json.dumps(facts(**{key: value})).encode(),
        b"[" * 100_000,
    ])  # fmt: skip
    holder = HomeLock(folder, RUN)
    if random.random() < 0.25:  # a refusal takes the second in which a holder may name itself
        holder.acquire()
    is_held = bool(holder.is_held)
    (folder / HOLDER_FILE).write_bytes(content)
    told = refusal(folder)
    holder.release()
    return Outcome(bool(told) == is_held and told.isprintable(), told=f"{content[:200]!r}: {told}")


def _fault(name: str, attempt: Callable[[Path, Random], Outcome], tries: int, short: int = 1) -> Fault:
    return Fault(name, attempt, tries, short)


FAULTS = (
    _fault("Second start while a run is on", duplicate, 20),
    _fault("Second start with --wait", waiting, 20),
    _fault("Starts at the very same moment", same_moment, 50),
    _fault("Three nights at the same moment, one with --wait", nights_at_once, 10),
    _fault("Lock of a run that was killed", killed, 100, 2),
    _fault("Lock file left by a dead process of this host", stale, 100, 5),
    _fault("Lock file left by another host", other_host, 100, 3),
    _fault("Lock file left by another host whose locks are not seen", other_host_unseen, 100, 3),
    _fault("Damaged lock file", damaged, 500, 12),
    _fault("Clock set back between nights", clock_between, 200, 3),
    _fault("Clock set back within a night", clock_within, 10),
)
