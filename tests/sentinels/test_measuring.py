"""Measuring the sentinels, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pytest_relaybench.isolation.launch import THREAD_VARIABLES
from pytest_relaybench.sentinels import measuring, process
from pytest_relaybench.sentinels.measuring import measure_sentinels
from pytest_relaybench.sentinels.names import SENTINELS
from pytest_relaybench.sentinels.process import last_cache_bytes, measure

TELLS_ITS_PLACE = """
import json, os, sys
settings = [int(os.environ[name]) for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED")]
print(json.dumps([int(sys.argv[2]), os.getpid(), *settings]))
"""


def test_every_sentinel_takes_time() -> None:
    """Each is measured in each round, for as long as told and three times at least, in seconds."""
    found = measure_sentinels(rounds=2, seconds=0.01)
    assert [sentinel.name for sentinel in found] == list(SENTINELS)
    assert [sentinel.problem for sentinel in found] == [""] * len(SENTINELS)
    for sentinel in found:
        assert len(sentinel.processes) == 2
        assert all(len(samples) >= process.FEWEST_SAMPLES for samples in sentinel.processes)
        assert all(1e-4 < sample < 2.0 for samples in sentinel.processes for sample in samples)
        assert sentinel.duration_s > sum(map(sum, sentinel.processes))


WORK = """
import os, sys, time
from pytest_relaybench.sentinels import process
name, side, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[2]) ** 2
process.LOOP_STEPS *= times
process.SIDE *= side
process.MOST_COPY_BYTES *= times
process.LEAST_COPY_BYTES = times * process.copied_bytes(0)
call = process.MAKERS[name](0)
call()
taken = []
for _ in range(3):
    start = time.process_time()
    call()
    taken.append(time.process_time() - start)
print(min(taken))
"""


@pytest.mark.parametrize("name", [name for name in SENTINELS if name != "process_start"])
def test_more_work_takes_longer(name) -> None:
    """A sentinel's time is that of its work: of four times as much or more it takes clearly more processor time."""

    def processor_s(side: int) -> float:
        command = [sys.executable, "-c", WORK, name, str(side)]
        one_thread = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, "1")}
        return float(subprocess.run(command, env=one_thread, capture_output=True, check=True).stdout)

    assert processor_s(2) > 1.6 * processor_s(1)


def test_fresh_processes_on_cpus_in_turn(monkeypatch, tmp_path) -> None:
    """Each round has another CPU, the last one first; each process is a new one, with one thread and fixed hashes."""
    script = tmp_path / "process.py"
    script.write_text(TELLS_ITS_PLACE)
    monkeypatch.setattr(measuring, "PROCESS", script)
    found = measure_sentinels([4, 7], ["one", "two"], rounds=3)
    told = [sample for sentinel in found for sample in sentinel.processes]
    assert [[cpu for cpu, *_ in sentinel.processes] for sentinel in found] == [[7, 4, 7], [7, 4, 7]]
    assert len({pid for _, pid, _, _ in told}) == 6
    assert {(threads, hashes) for _, _, threads, hashes in told} == {(1, 0)}


def test_a_process_is_pinned() -> None:
    """It runs on the CPU that it is given, and nowhere else."""
    before = os.sched_getaffinity(0)
    try:
        measure("integer_loop", min(before), 0.0)
        assert os.sched_getaffinity(0) == {min(before)}
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise SystemExit('no BLAS here')", "no BLAS here"),
        ("import nosuch", "ModuleNotFoundError: No module named 'nosuch'"),
        ("print('[1.0')", "JSONDecodeError"),
        ("import os; os.abort()", "CalledProcessError"),
        ("import time; time.sleep(60)", "TimeoutExpired"),
    ],
)
def test_a_sentinel_that_fails_is_told_and_not_tried_again(code, problem, monkeypatch, tmp_path) -> None:
    """What went wrong is one line, and the next rounds leave it out."""
    script = tmp_path / "process.py"
    script.write_text(
        f"import pathlib\nwith pathlib.Path({str(tmp_path / 'tries')!r}).open('a') as f: f.write('x')\n{code}"
    )
    monkeypatch.setattr(measuring, "PROCESS", script)
    monkeypatch.setattr(measuring, "TIMEOUT_S", 0.5)
    (found,) = measure_sentinels(names=["broken"], rounds=3)
    assert problem in found.problem
    assert "\n" not in found.problem
    assert found.processes == ()
    assert (tmp_path / "tries").read_text() == "x"


def test_size_of_the_last_cache(tmp_path) -> None:
    """The largest cache of the CPU counts, and a usual one where the system tells none."""
    for index, size in enumerate(["48K", "2048K", "98304K", "nonsense"]):
        folder = tmp_path / "cpu3" / "cache" / f"index{index}"
        folder.mkdir(parents=True)
        (folder / "size").write_text(f"{size}\n")
    assert last_cache_bytes(3, tmp_path) == 96 * 2**20
    assert last_cache_bytes(0, tmp_path) == process.USUAL_CACHE_BYTES
