"""Tests that take their interpreter with them, or try to take more than that: each costs itself and no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random

from pytest_relaybench.history.records import read_record
from pytest_relaybench.isolation.bounds import LINES_A_TEST, WARNINGS_A_TEST
from pytest_relaybench.isolation.output import LONGEST_OUTPUT_BYTES
from pytest_relaybench.isolation.pool import Noted, Warned

from . import child_faults as faults
from .campaign import Attempt, Fault, Outcome
from .cgroups import cgroup, why_no_cgroup
from .neighbours import HUNG_S, Seen, between_neighbours, between_tests, dies, fails, gone, hangs, passes, warned
from .project import CHECKOUT, make_project

MIB = 1 << 20
MOST_ON_DISK_BYTES = 500 * MIB  # of a gibibyte, at any moment
LOOK_S = 0.01


def flood(folder: Path, random: Random) -> Outcome:
    """A gibibyte of output, with what lies on the disk watched while it comes."""
    (folder / "empty").touch()
    with _watched(folder) as most:
        outcome = between_neighbours(faults.FLOOD, is_cut)(folder, random)
    fits = 0 < most[0] < MOST_ON_DISK_BYTES
    return Outcome(outcome.survived and fits, outcome.lost, f"{outcome.told[:500]}\n{most[0] >> 20} MiB on disk")


def is_cut(seen: Seen) -> bool:
    """Little of what it wrote is shown, and it is no failure."""
    return passes(seen) and len(seen.text) < 2 * LONGEST_OUTPUT_BYTES


@contextmanager
def _watched(folder: Path) -> Iterator[list[int]]:
    """The most bytes that the two files took on disk, whose place the flood tells by the name of a file."""
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_S):
            for told in folder.glob("!*"):
                place = Path(told.name.replace("!", "/"))
                for path in (place, place.with_name("err")):
                    with suppress(FileNotFoundError):  # the child may have ended meanwhile
                        most[0] = max(most[0], path.stat().st_blocks * 512)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


def in_cgroup(controller: str, limit: int, folder: Path, random: Random) -> Outcome:
    """The parent and its children in a group that may have so much."""
    code = "import sys; from tests.faults.children import limited; limited(*sys.argv[1:])"
    with cgroup(controller, limit) as group:
        done = subprocess.run(
            [sys.executable, "-c", code, controller, group, folder, str(random.random())],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
    if done.returncode:
        return Outcome(survived=False, told=f"the parent: {done.returncode} {done.stdout} {done.stderr}")
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def limited(controller: str, group: str, folder: str, seed: str) -> None:
    """Go into the group, try the fault that its limit makes, and print the outcome."""
    Path(group, "cgroup.procs").write_text(str(os.getpid()))
    outcome = IN_GROUP[controller](Path(folder), Random(seed))
    sys.stdout.write(json.dumps(vars(outcome)) + "\n")


IN_GROUP: dict[str, Attempt] = {
    "memory": between_neighbours(
        f"kept = []\nwhile True: kept.append(b'x' * {MIB})", dies("was killed by SIGKILL (out of memory) in the middle")
    ),
    "pids": between_neighbours("while True: subprocess.Popen(['sleep', '600'], start_new_session=True)", fails),
}


def night(folder: Path, random: Random) -> Outcome:
    """A whole night with a limit of memory, in which a test kills its child.

    What was measured before it, and after it in another child under the same limit, is in the record.
    """
    how = random.choice(["os._exit(3)", "os.abort()", "os.kill(os.getpid(), signal.SIGSEGV)"])
    project = make_project(folder, experiments=0)
    measured = "def test_{name}(bench): bench.record('limit', resource.getrlimit(resource.RLIMIT_AS)[0], unit='B')\n"
    dies_between = [measured.format(name="a"), f"def test_b(bench): {how}\n", measured.format(name="c")]
    project.experiment("dies", "".join(["import os, resource, signal\n", *dies_between]), memory_limit_mb=4096)
    status, output = project.night()
    (record,) = [read_record(path) for path in project.home.results.glob("experiments/data/dies/data_*.json")]
    limits = {each.test: each.value for each in record.measurements if each.metric == "limit"}
    is_told = output.count("test_b: the child process ") == 1 and "1 failed, 3 passed" in output
    survived = status == 1 and limits == {"test_a": 4096 * MIB, "test_c": 4096 * MIB} and is_told
    lost = project.finished() - project.kept()
    return Outcome(survived and not project.halves(), len(lost), f"{status} {limits}\n{output[-2000:]}")


def after_a_death_at_import(folder: Path, random: Random) -> Outcome:
    """The test dies, and so does the next child at import, once: that costs the next test only."""
    (folder / "first").touch()
    told = between_tests(faults.DIES_AT_IMPORT, dies("status 7"))(folder, random)
    at_import = "status 7 before it had collected the experiment" in told.told
    return Outcome(at_import and told.lost == 1 and (folder / "third").exists(), told=told.told)


bare, real = between_neighbours, between_tests
hung = partial(between_neighbours, holds=hangs, timeout_s=HUNG_S)

USES = "def test_fault(it): pass"

DEATHS = (
    Fault("SIGSEGV in a test", bare("ctypes.string_at(0)", dies("was killed by SIGSEGV in the middle of")), 20),
    Fault("SIGABRT in a test", bare("os.abort()", dies("was killed by SIGABRT in the middle of")), 20),
    Fault("SIGKILL to a child", bare("os.kill(os.getpid(), 9)", dies("SIGKILL (sent by a process) in the mid")), 20),
    Fault("os._exit in a test", bare("os._exit(RANDOM % 200)", dies("ended with exit status ")), 20),
    *(
        Fault(f"os._exit in {place}", real(f"import pytest\n{code}\n{USES}", dies("status 7"), comes_last=True), 5, 0)
        for place, code in faults.DIES_IN.items()
    ),
    Fault("os._exit at import", after_a_death_at_import, 5),
    Fault("a child that dies in a night", night, 5),
    Fault("out of memory, RLIMIT_AS", bare("bytearray(1 << 30)", fails, limit_bytes=512 * MIB), 20),
    Fault("out of memory, cgroup", partial(in_cgroup, "memory", 256 * MIB), 10, 1, partial(why_no_cgroup, "memory")),
)
HANGS = (
    Fault("endless loop in Python", hung("while True: pass"), 20),
    Fault("deadlock in native code that holds the GIL", hung("ctypes.PyDLL(None).pause()"), 20),
    Fault("a child that a signal has stopped", hung("os.kill(os.getpid(), signal.SIGSTOP)"), 20),
    Fault("a child that ignores signals", hung("for n in (2, 15, 1): signal.signal(n, 1)\ntime.sleep(600)"), 10),
)
FLOODS = (
    Fault("1 GiB of output", flood, 20),
    Fault("closed stdout and stderr", bare("os.close(1)\nos.close(2)", passes), 10),
    Fault("output that is no text, and orders to terminals", bare(faults.ODD_BYTES, faults.odd_bytes), 50),
    Fault("10^6 warnings", real(faults.MILLION_WARNINGS, faults.few(Warned, WARNINGS_A_TEST + 1, "warnings")), 3, 0),
    Fault("10^6 lines of progress", real(faults.MILLION_LINES, faults.few(Noted, LINES_A_TEST, "lines")), 3, 0),
    Fault("a failure of 32 MiB", real(faults.LONG_FAILURE, faults.shortened), 3, 0),
    Fault(
        "garbage in place of messages",
        bare(faults.OUR_PIPE + faults.GARBAGE, dies("came over the child's pipe")),
        200,
        3,
    ),
    Fault("a message without end", bare(faults.OUR_PIPE + faults.WITHOUT_END, faults.is_cut_short), 10),
)
LEFTOVERS = (
    Fault("a thread that nobody ended", bare(faults.THREAD, warned("threads: forgotten", 15)), 5, 0),
    Fault("a grandchild in its own session", bare(faults.ESCAPED, gone), 20),
    Fault("a grandchild that forked twice", bare(faults.DOUBLE_FORK, gone), 20),
    Fault("a grandchild of a child that died", bare(f"{faults.ESCAPED}\nos._exit(1)", gone), 20),
    Fault("a forked copy that is killed", bare(faults.COPY_GOES_ON, passes), 20),
    Fault("all file descriptors used up", bare(faults.DESCRIPTORS, warned("left no file descriptor free")), 10),
    Fault("all processes used up, cgroup", partial(in_cgroup, "pids", 40), 5, 1, partial(why_no_cgroup, "pids")),
)
FAULTS = (*DEATHS, *HANGS, *FLOODS, *LEFTOVERS)
