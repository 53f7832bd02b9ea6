"""What samples come to: each number from samples in which it can be seen."""

from __future__ import annotations

import pytest

from pytest_relaybench.telemetry.disturbances import disturbances
from pytest_relaybench.telemetry.summary import summarize


def clock(**cores: float) -> dict[str, dict[str, float]]:
    return {"cpu_frequency": {label.replace("_", " "): value for label, value in cores.items()}}


def test_nothing_known_is_none(samples):
    """A machine that tells nothing gives no number, and no false all-clear."""
    told = summarize(samples((0.0, {}), (1.0, {})))
    assert (told.samples, told.duration_s, told.complete) == (2, 1.0, True)
    assert told.throttled is told.cpu_clock_drop is told.others_share is told.steal_share is None
    assert told.cpu_temperature_max_c is told.gpu_temperature_max_c is told.memory_available_min_bytes is None
    assert disturbances(told) == []


def test_shares_are_means_over_time(samples):
    """A long sample counts as much as it lasted; the highest one is told beside."""
    told = summarize(
        samples(
            (0.0, {}),
            (1.0, {"cpu_use": {"others": 40.0}, "steal_time": {"steal": 8.0}}),
            (4.0, {"cpu_use": {"others": 0.0}, "steal_time": {"steal": 0.0}}),
        )
    )
    assert told.others_share == pytest.approx(0.1)
    assert told.others_share_max == pytest.approx(0.4)
    assert told.steal_share == pytest.approx(0.02)
    assert disturbances(told) == ["other processes used 10 % of all cores"]


def test_clock_drop_is_lowest_against_median(samples):
    """Of all cores; of two samples nothing is said."""
    taken = [(float(t), clock(mean=value)) for t, value in enumerate((3e9, 3e9, 2.4e9, 3e9))]
    assert summarize(samples(*taken)).cpu_clock_drop == pytest.approx(0.2)
    assert summarize(samples(*taken[1:3])).cpu_clock_drop is None


def test_clock_drop_is_of_the_measured_cores(samples):
    """Cores that the experiment was not pinned to may do what they like."""
    taken = [(float(t), clock(mean=2e9, core_0=slow, core_3=3e9)) for t, slow in enumerate((1e9, 2e9, 3e9))]
    assert summarize(samples(*taken, measured_cpus=[3])).cpu_clock_drop == 0


def test_gpu_clock_drop_counts_work_only(samples):
    """An idle GPU clocks down by itself; at work it is held back."""
    taken = [
        (float(t), {"gpu_clock": {"GPU 0": hz}, "gpu_use": {"GPU 0": use}})
        for t, (hz, use) in enumerate([(2e8, 0.0), (1.4e9, 90.0), (1.4e9, 90.0), (0.7e9, 90.0)])
    ]
    assert summarize(samples(*taken)).gpu_clock_drop == pytest.approx(0.5)


def test_throttling_is_told_with_its_reasons(samples):
    """Any sample in which a reason held counts; counters that stay at zero mean no throttling."""
    quiet = {"cpu_throttling": {"core": 0.0}, "gpu_throttling": {"GPU 0 power cap": 0.0}}
    told = summarize(samples((0.0, quiet), (1.0, quiet)))
    assert (told.throttled, told.throttle_reasons) == (False, [])
    loud = {"cpu_throttling": {"core": 2.0}, "gpu_throttling": {"GPU 0 power cap": 1.0}}
    told = summarize(samples((0.0, quiet), (1.0, loud), (2.0, quiet)))
    assert (told.throttled, told.throttle_reasons) == (True, ["CPU heat", "GPU 0 power cap"])
    assert disturbances(told) == ["held back: CPU heat, GPU 0 power cap"]


def test_extremes(samples):
    """The hottest sensor and the least memory."""
    told = summarize(
        samples(
            (0.0, {"cpu_temperature": {"a": 50.0, "b": 81.0}, "memory_available": {"available": 5.0}}),
            (1.0, {"cpu_temperature": {"a": 52.0}, "memory_available": {"available": 3.0}}),
        )
    )
    assert (told.cpu_temperature_max_c, told.memory_available_min_bytes) == (81.0, 3.0)


def test_a_sampler_that_died_is_incomplete(samples):
    """Without its last line, or with a problem, the numbers are of a part of the experiment only."""
    assert not summarize(samples((0.0, {}), ended=False)).complete
    assert not summarize(samples((0.0, {})), lived=False).complete
