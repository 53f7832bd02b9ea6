"""The machine's measured peak: what arithmetic and memory allow at most."""

from __future__ import annotations

import ctypes
import subprocess

import numpy as np
import pytest

from bench.operators.fma_loop import FLAGS, LANES, SOURCE, SUMS, fma_rate
from bench.operators.peak import measure_peak
from bench.operators.roof import Roof

SMALL = {"side": 256, "numbers": 2**20}
FASTEST_CORE = 2 * 2 * LANES * 6e9  # two units, a multiply-add in 16 lanes each, at 6 GHz


def test_the_loop_is_plausible():
    """One core computes more than a Pentium and not more than any core there is: nothing was optimised away."""
    rate = fma_rate(1, 0.1)
    assert rate is not None, "CI and this machine have a C compiler"
    assert 1e9 < rate < FASTEST_CORE


def test_the_loop_computes_what_it_says(tmp_path):
    """Its sums are all different, and each step multiplies and adds: the compiler has no reason to leave one out."""
    (tmp_path / "fma.c").write_text(SOURCE)
    subprocess.run(["cc", *FLAGS, str(tmp_path / "fma.c"), "-o", str(tmp_path / "fma.so")], check=True)
    library = ctypes.CDLL(str(tmp_path / "fma.so"))
    library.run.argtypes, library.run.restype = [ctypes.c_long, ctypes.c_float], ctypes.c_float
    sums = np.arange(SUMS) + 0.5
    for repeats in range(3):
        assert library.run(repeats, 0.5) == pytest.approx(sums.sum())
        sums = sums * 0.5 + 0.5


@pytest.mark.parametrize("compiler", ["none", "broken"])
def test_without_a_compiler(tmp_path, monkeypatch, compiler):
    """No compiler, or one that fails, is no fault: the peak is then what BLAS reaches."""
    if compiler == "broken":
        (tmp_path / "cc").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fma_rate(1, 0.01) is None
    roof = measure_peak(0.05, **SMALL)
    assert 1e8 < roof.flops < FASTEST_CORE


def test_the_peak_is_the_best_of_all(monkeypatch):
    """Multiply-adds that are faster than BLAS are the peak, at the process's threads."""
    asked = []
    monkeypatch.setattr("bench.operators.peak.fma_rate", lambda threads, _: asked.append(threads) or 1e15)
    monkeypatch.setenv("TVM_NUM_THREADS", "1")
    assert measure_peak(0.05, **SMALL).flops == 1e15
    assert asked == [1]


def test_bandwidth_is_that_of_a_memory():
    """Bytes a second, of a machine built in this century and not of its dreams."""
    assert 1e8 < measure_peak(0.02, side=64).bandwidth < 1e13


def test_roof():
    """Up to the ridge memory is the limit, from there on arithmetic."""
    roof = Roof(flops=100e9, bandwidth=20e9)
    assert roof.ridge == 5
    assert [roof.at(intensity) for intensity in (0.5, 5, 50)] == [10e9, 100e9, 100e9]
