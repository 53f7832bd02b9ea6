"""Switches and rate: an experiment's over its home's; CPUs beside the measured ones."""

from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from pytest_relaybench.config import ExperimentConfig, HomeConfig
from pytest_relaybench.telemetry import settings
from pytest_relaybench.telemetry.settings import Wanted, cpus_beside, wanted


def home(**keys):
    return HomeConfig(tmp_data_dir="t", backup_dir="b", setup_dir="s", **keys)


@pytest.mark.parametrize(
    ("of_home", "of_experiment", "expected"),
    [
        ({}, {}, None),
        ({"run_cpu_telemetry": True}, {}, Wanted(True, False, 15.0)),
        ({"run_cpu_telemetry": True, "telemetry_rate": 2}, {"run_gpu_telemetry": True}, Wanted(True, True, 2)),
        ({"run_cpu_telemetry": True}, {"run_cpu_telemetry": False}, None),
        ({}, {"run_cpu_telemetry": True, "telemetry_rate": 0.25}, Wanted(True, False, 0.25)),
        ({"run_cpu_telemetry": True, "telemetry_rate": 0}, {}, None),
        ({"run_cpu_telemetry": True, "telemetry_rate": -1}, {}, None),
        ({"run_cpu_telemetry": True, "telemetry_rate": -1}, {"telemetry_rate": 3.0}, Wanted(True, False, 3.0)),
        ({"run_cpu_telemetry": True}, {"telemetry_rate": 0.0}, None),
    ],
)
def test_an_experiment_overrides_its_home(of_home, of_experiment, expected):
    """Each key by itself; what it does not say, the home says; a rate that is not positive switches off."""
    assert wanted(home(**of_home), ExperimentConfig(**of_experiment)) == expected


@pytest.mark.parametrize("rate", [0.01, float("nan"), float("inf"), "15", True])
def test_a_rate_that_is_none_is_refused(rate):
    """Too short, no number, or of another type."""
    with pytest.raises(ValidationError, match="telemetry_rate"):
        home(telemetry_rate=rate)


def test_nothing_pinned_leaves_it_to_the_kernel():
    """The sampler may run anywhere."""
    assert cpus_beside(()) == ()


def test_measured_cpus_are_left_alone(monkeypatch):
    """And so are their hyperthreads, as long as others are left; where none is, nothing may run."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    siblings = {0: {0, 2}, 2: {0, 2}, 1: {1, 3}, 3: {1, 3}}
    monkeypatch.setattr(settings, "_siblings", lambda cpu: frozenset(siblings[cpu]))
    assert cpus_beside((0,)) == (1, 3)
    assert cpus_beside((0, 1)) == (2, 3)
    assert cpus_beside((0, 1, 2, 3)) is None


def test_siblings_as_the_kernel_tells_them(monkeypatch, tmp_path):
    """Lists as in `0,2` and `0-1`; nothing where the kernel does not say."""
    monkeypatch.setattr(settings, "SIBLINGS", str(tmp_path / "cpu{}"))
    (tmp_path / "cpu0").write_text("0,2\n")
    (tmp_path / "cpu1").write_text("1-2\n")
    assert [settings._siblings(cpu) for cpu in (0, 1, 5)] == [{0, 2}, {1, 2}, set()]
