"""The sampler's loop on a clock of its own, and the real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pytest_relaybench.telemetry.sampler import Order, Sampler
from pytest_relaybench.telemetry.topics import NotOfferedError
from pytest_relaybench.telemetry.watching import Watch

WAIT_S = 20.0
START = f"""
import sys, time
from pytest_relaybench.telemetry.sampler import Order
from pytest_relaybench.telemetry.watching import Watch
watch = Watch(Order(**{{**eval(sys.argv[1]), "session_pid": __import__("os").getpid()}}))
print(watch.pid, flush=True)
time.sleep({WAIT_S})
"""


class Clock:
    """Stands still until it is told; each reading of a slow topic can move it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def order(tmp_path):
    """CPU every 0.1 s into a file of the test."""
    return Order(
        path=str(tmp_path / "s.jsonl"),
        experiment="demo",
        run_id="r1",
        rate_s=0.1,
        cpu=True,
        gpu=False,
        session_pid=os.getpid(),
    )


def lines(order, kind=None):
    entries = [json.loads(line) for line in Path(order.path).read_text().splitlines()]
    return [entry for entry in entries if kind is None or entry["kind"] == kind]


def until(condition):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run(order, readers, waits):
    """The loop with `waits`: how far the clock goes beyond each moment that is waited for; it ends when they do."""
    clock = Clock()
    sampler = Sampler(order, {name: (lambda t, read=read: read(clock, t)) for name, read in readers.items()}, clock)
    sampler.begin("now")
    left = list(waits)

    def wait(moment: float) -> bool:
        if not left:
            return True
        clock.now = max(clock.now, moment) + left.pop(0)
        return False

    sampler.run(wait)
    return sampler


def test_times_are_measured_and_no_sample_is_twice(order):
    """The first is at 0, once; then what the clock says, not multiples of the rate; missed moments are left out."""
    run(order, {"cpu_use": lambda clock, t: {"all": t}}, [0.003, 0.25, 0.0])
    taken = lines(order, "sample")
    assert [entry["t"] for entry in taken] == pytest.approx([0.0, 0.103, 0.45, 0.5])
    assert [entry["values"]["cpu_use"]["all"] for entry in taken] == pytest.approx([0.0, 0.103, 0.45, 0.5])
    assert lines(order)[-1] == {"kind": "end", "t": 0.5}


def test_the_end_is_sampled_unless_it_just_was(order):
    """A short experiment has two samples, and so rates; one that ends right after a sample gets no other."""
    clock = Clock()
    sampler = Sampler(order, {"cpu_use": lambda t: {"all": 1.0}}, clock)
    sampler.begin("now")

    def ends_at(moment: float, seconds: float) -> bool:
        clock.now += seconds
        return True

    sampler.run(lambda moment: ends_at(moment, 0.07))
    assert [entry["t"] for entry in lines(order, "sample")] == pytest.approx([0.0, 0.07])
    sampler.run(lambda moment: ends_at(moment, 0.01))
    assert len(lines(order, "sample")) == 2


def test_what_is_not_offered_is_said_once(order):
    """It is not asked for again, and the other topics go on."""
    asked = []

    def none(clock, t):
        asked.append(t)
        raise NotOfferedError("no sensor")

    run(order, {"cpu_temperature": none, "cpu_use": lambda clock, t: {"all": 1.0}}, [0.0, 0.0])
    assert lines(order, "missing") == [{"kind": "missing", "topic": "cpu_temperature", "reason": "no sensor"}]
    assert asked == [0.0]
    assert all(entry["values"] == {"cpu_use": {"all": 1.0}} for entry in lines(order, "sample"))


def test_an_error_may_pass(order):
    """A topic that has had a value is asked again; any exception is a line, and NaN is no value."""
    answers = iter([1.0, None, None, float("nan"), 5.0])

    def sometimes(clock, t):
        value = next(answers)
        if value is None:
            raise RuntimeError("driver is busy")
        return {"all": value}

    run(order, {"gpu_use": sometimes}, [0.0, 0.0, 0.0, 0.0])
    assert [entry["values"].get("gpu_use") for entry in lines(order, "sample")] == [
        {"all": 1.0}, None, None, None, {"all": 5.0},
    ]  # fmt: skip
    assert [entry["reason"] for entry in lines(order, "missing")] == ["RuntimeError: driver is busy"]


def test_the_process_samples_until_it_is_stopped(order):
    """Header, samples of this machine in ascending order, an end; nothing is wrong."""
    watch = Watch(order)
    until(lambda: Path(order.path).exists() and len(lines(order, "sample")) >= 4)
    assert watch.stop() == ""
    assert watch.stop() == ""
    (begin,) = lines(order, "begin")
    assert (begin["experiment"], begin["rate_s"], begin["run_id"]) == ("demo", 0.1, "r1")
    assert begin["topics"]["cpu_use"] == {"unit": "%", "title": "CPU use, of all cores"}
    at = [entry["t"] for entry in lines(order, "sample")]
    assert at[0] == 0
    assert at == sorted(set(at))
    assert {"cpu_use", "memory_available", "load_average"} <= lines(order, "sample")[-1]["values"].keys()
    assert lines(order)[-1]["kind"] == "end"


def test_it_keeps_off_the_measured_cpus(order):
    """It runs where it is told, with the lowest priority, in a session of its own."""
    cpu = max(os.sched_getaffinity(0))
    watch = Watch(Order(**{**vars(order), "cpus": (cpu,)}))
    until(Path(order.path).exists)
    process = psutil.Process(watch.pid)
    assert process.cpu_affinity() == [cpu]
    assert process.nice() == 19
    assert os.getsid(watch.pid) == watch.pid
    watch.stop()


@pytest.mark.parametrize("is_stuck", [False, True], ids=["at work", "stuck in a driver"])
def test_it_dies_with_its_session(order, is_stuck):
    """However that ends, whatever the sampler is at, and what was written stays."""
    arguments = {key: value for key, value in vars(order).items() if key != "session_pid"}
    session = subprocess.Popen([sys.executable, "-c", START, repr(arguments)], stdout=subprocess.PIPE, text=True)
    assert session.stdout is not None
    pid = int(session.stdout.readline())
    until(lambda: Path(order.path).exists() and lines(order, "sample"))
    if is_stuck:
        os.kill(pid, signal.SIGSTOP)
    session.kill()
    session.wait()
    session.stdout.close()
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert lines(order, "sample")[0]["t"] == 0


def test_one_that_was_killed_is_told(order):
    """Its samples stay, and `stop` says what became of it."""
    watch = Watch(order)
    until(lambda: Path(order.path).exists() and lines(order, "sample"))
    os.kill(watch.pid, signal.SIGKILL)
    assert watch.stop() == "the sampler ended with status -9"


def test_one_that_cannot_write_is_told(order):
    """The last line of its error, not a traceback, and nothing raised here."""
    Path(order.path).mkdir()
    watch = Watch(order)
    until(lambda: watch._process.poll() is not None)
    assert "IsADirectoryError" in watch.stop()


def test_one_that_cannot_start_is_told(order, monkeypatch, tmp_path):
    """No interpreter, or a file where the folder should be."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    assert "could not be started" in Watch(order).stop()
    (tmp_path / "file").write_text("")
    assert "could not be started" in Watch(Order(**{**vars(order), "path": str(tmp_path / "file" / "s.jsonl")})).stop()


def test_one_that_does_not_stop_is_killed(order, monkeypatch):
    """A driver that hangs costs a few seconds."""
    monkeypatch.setattr("pytest_relaybench.telemetry.watching.STOP_WAIT_S", 0.2)
    watch = Watch(order)
    until(lambda: Path(order.path).exists() and lines(order, "sample"))
    os.kill(watch.pid, signal.SIGSTOP)
    assert watch.stop() == "the sampler did not end within 0.2 s and was killed"
