"""GPU values: units, labels, reasons, and machines without one."""

from __future__ import annotations

import sys

import pytest

from pytest_relaybench.telemetry.gpu import Gpu, load_nvml
from pytest_relaybench.telemetry.topics import GPU_TOPICS, NotOfferedError


def test_every_topic_is_read(nvml):
    """There is a reader for every GPU topic that pages tell of, and no other."""
    assert set(Gpu(nvml).readers()) == {topic.name for topic in GPU_TOPICS}


def test_values_are_in_their_units(nvml):
    """Clocks in Hz, power in W, memory in bytes, one label a GPU."""
    readers = Gpu(nvml).readers()
    assert readers["gpu_clock"](0) == {"GPU 0": 1.41e9, "GPU 1": 1.41e9}
    assert readers["gpu_memory_clock"](0)["GPU 0"] == 1.215e9
    assert readers["gpu_power"](0) == {"GPU 0": 251.5, "GPU 0 limit": 400.0, "GPU 1": 251.5}
    assert readers["gpu_memory_used"](0)["GPU 1"] == 3 * 2**30
    assert readers["gpu_use"](0)["GPU 0"] == 87
    assert readers["gpu_memory_use"](0)["GPU 0"] == 21
    assert readers["gpu_temperature"](0)["GPU 0"] == 61
    assert readers["gpu_performance_state"](0)["GPU 0"] == 2


def test_a_gpu_that_does_not_tell_is_left_out(nvml):
    """One without a fan does not hide another's."""
    assert Gpu(nvml).readers()["gpu_fan"](0) == {"GPU 0": 40}


def test_what_no_gpu_tells_is_not_offered(nvml):
    """The library's own words say why."""
    nvml.gpus = 2
    gpu = Gpu(nvml)
    gpu._handles = ["handle 1"]
    with pytest.raises(NotOfferedError, match="Not Supported"):
        gpu.readers()["gpu_fan"](0)


def test_reasons_that_cost_speed(nvml):
    """Bits become words; an idle GPU is not held back."""
    readers = Gpu(nvml).readers()
    assert not any(readers["gpu_throttling"](0).values())
    nvml.reasons = 0x1 | 0x4 | 0x40
    held = {label for label, value in readers["gpu_throttling"](0).items() if value}
    assert held == {f"GPU {n} {reason}" for n in (0, 1) for reason in ("power cap", "heat (hardware)")}


def test_the_older_name_of_reasons(nvml, monkeypatch):
    """nvidia-ml-py before 12.535 calls them throttle reasons."""
    monkeypatch.delattr(type(nvml), "nvmlDeviceGetCurrentClocksEventReasons")
    nvml.nvmlDeviceGetCurrentClocksThrottleReasons = lambda handle: 0x8
    assert Gpu(nvml).readers()["gpu_throttling"](0)["GPU 0 hardware slowdown"] == 1


def test_loading_the_library(nvml, monkeypatch):
    """It is begun once; without the package, a driver or a GPU the reason is told in words."""
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    assert load_nvml() is nvml
    assert nvml.begun == 1
    nvml.gpus = 0
    with pytest.raises(NotOfferedError, match="no NVIDIA GPU"):
        load_nvml()

    def no_driver() -> None:
        raise nvml.NVMLError("Driver Not Loaded")

    nvml.nvmlInit = no_driver
    with pytest.raises(NotOfferedError, match="Driver Not Loaded"):
        load_nvml()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(NotOfferedError, match="nvidia-ml-py is not installed"):
        load_nvml()
