"""Devices that can or cannot be measured here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_relaybench.variants import devices
from pytest_relaybench.variants.devices import canonical_device, device_problem


def test_cpu_is_always_there():
    """A CPU has no problem, and asking imports no tvm."""
    code = (
        "import sys; from pytest_relaybench.variants.devices import device_problem;"
        "print(device_problem('cpu'), 'tvm' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "None False"


@pytest.mark.parametrize("name", ["cuda", "gpu"])
def test_cuda_agrees_with_tvm(name):
    """There is a one-line reason exactly where TVM finds no GPU."""
    tvm = pytest.importorskip("tvm")
    problem = device_problem(name)
    assert (problem is None) == bool(tvm.cuda().exist)
    assert problem is None or (problem.startswith("cuda: ") and "\n" not in problem)


def test_unknown_device():
    """A device that nobody knows is named with those that are known."""
    assert device_problem("tpu") == '"tpu" is no device that is known here (known: cpu, cuda)'


def test_cuda_without_tvm(monkeypatch):
    """Without TVM there is nothing to run on a GPU."""
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    assert device_problem("cuda") == "cuda: TVM is not installed"


def test_names():
    """The predecessor's name of a device is a name of today's."""
    assert [canonical_device(name) for name in ("gpu", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]
