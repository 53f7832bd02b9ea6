"""CPU values, from the machine that the tests run on and from files as Intel's have them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from pytest_relaybench.telemetry import cpu
from pytest_relaybench.telemetry.cpu import Cpu, Rate
from pytest_relaybench.telemetry.topics import CPU_TOPICS, NotOfferedError

BUSY_S = 0.6


@pytest.fixture
def own() -> Cpu:
    """The readers of this process and its children."""
    return Cpu(os.getpid())


def test_every_topic_is_read(own):
    """There is a reader for every CPU topic that pages tell of, and no other."""
    assert set(own.readers()) == {topic.name for topic in CPU_TOPICS}


def test_growth_a_second():
    """Nothing at the first sample; then growth over the time that has passed, never negative, never of no time."""
    rate = Rate()
    assert rate.growth(0.0, {"a": 10.0}) == {}
    assert rate.growth(2.0, {"a": 14.0}) == {"a": 2.0}
    assert rate.growth(2.0, {"a": 15.0}) == {}
    assert rate.growth(4.0, {"a": 5.0}) == {"a": 0.0}


def test_use_tells_ours_from_others(own):
    """What this process and its child burn is ours, ended children's time included; percent are of all cores."""
    assert own.use(0.0) == {}
    began = time.monotonic()
    code = f"import time\nend = time.process_time() + {BUSY_S}\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    elapsed_s = time.monotonic() - began
    used = own.use(elapsed_s)
    ours_s = used["ours"] / 100 * (os.cpu_count() or 1) * elapsed_s
    assert BUSY_S - 0.05 <= ours_s < BUSY_S + 0.5
    assert used["all"] >= used["ours"] - 100 * 0.05 / elapsed_s
    assert used["others"] == pytest.approx(max(0.0, used["all"] - used["ours"]))


def test_values_are_plausible(own):
    """Memory in bytes below what there is, three load averages, switches and steal after a while."""
    assert 0 < own.memory(0)["available"] < psutil.virtual_memory().total
    assert list(own.load(0)) == ["1 min", "5 min", "15 min"]
    assert own.switches(0.0) == {}
    time.sleep(0.05)
    assert own.switches(0.05)["all"] > 0


def test_steal_is_a_share_of_all_cores(own, monkeypatch):
    """Half a second stolen in a second on one of N cores is 50 / N percent; no counter, no topic."""
    for stolen in (1.0, 1.5):
        monkeypatch.setattr(psutil, "cpu_times", lambda stolen=stolen: SimpleNamespace(steal=stolen))
        told = own.steal(stolen * 2)
    assert told == {"steal": pytest.approx(50 / (os.cpu_count() or 1))}
    monkeypatch.setattr(psutil, "cpu_times", lambda: SimpleNamespace(user=1.0))
    with pytest.raises(NotOfferedError):
        own.steal(3.0)


def test_frequency_of_cores(own, monkeypatch):
    """Hz of each core and their mean; a machine that tells none does not offer it."""
    clocks = [SimpleNamespace(current=2000.0), SimpleNamespace(current=3000.0)]
    monkeypatch.setattr(psutil, "cpu_freq", lambda percpu: clocks)
    assert own.frequency(0) == {"mean": 2.5e9, "core 0": 2e9, "core 1": 3e9}
    monkeypatch.setattr(psutil, "cpu_freq", lambda percpu: None)
    with pytest.raises(NotOfferedError):
        own.frequency(0)


def test_temperatures_are_the_cpus(own, monkeypatch):
    """Where the CPU's chip is known, disks and boards are left out; equal labels are told apart."""
    sensor = SimpleNamespace
    chips = {
        "nvme": [sensor(label="Composite", current=38.0)],
        "coretemp": [
            sensor(label="Package id 0", current=71.0),
            sensor(label="", current=60.0),
            sensor(label="", current=61.0),
        ],
    }
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: chips, raising=False)
    assert own.temperature(0) == {"coretemp Package id 0": 71.0, "coretemp": 60.0, "coretemp 2": 61.0}
    del chips["coretemp"]
    assert own.temperature(0) == {"nvme Composite": 38.0}
    chips.clear()
    with pytest.raises(NotOfferedError):
        own.temperature(0)


def test_throttling_counts_from_the_first_sample(own, tmp_path, monkeypatch):
    """The kernel's counters since boot become counts since the experiment began."""
    monkeypatch.setattr(cpu, "CPU_FOLDER", tmp_path)
    with pytest.raises(NotOfferedError):
        own.throttling(0)
    for core in (0, 1):
        folder = tmp_path / f"cpu{core}" / "thermal_throttle"
        folder.mkdir(parents=True)
        (folder / "core_throttle_count").write_text("10\n")
        (folder / "package_throttle_count").write_text("7\n")
    assert own.throttling(0) == {"core": 0, "package": 0}
    (tmp_path / "cpu1" / "thermal_throttle" / "core_throttle_count").write_text("13\n")
    assert own.throttling(1) == {"core": 3, "package": 0}
