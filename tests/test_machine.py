"""The fingerprint of machine and software."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata

import psutil
import pytest

from pytest_relaybench.machine import hardware_id, machine_facts, versions

FAKE_SMI = """#!/bin/sh
echo "NVIDIA H100 80GB HBM3, 570.86.15"
echo "NVIDIA A10, with a comma, 570.86.15"
"""


def test_facts_of_this_machine():
    """The facts are JSON, and agree with what the system says by other ways."""
    facts = json.loads(json.dumps(machine_facts(), allow_nan=False))
    assert facts["cores"] == os.cpu_count()
    assert facts["memory_bytes"] == psutil.virtual_memory().total
    assert facts["kernel"] == os.uname().release
    assert facts["host"] == os.uname().nodename
    assert facts["python"] == sys.version.split()[0]
    assert facts["cpu_model"]
    assert len(facts["load_average"]) == 3
    assert set(facts) == {
        "id", "host", "cpu_model", "cores", "memory_bytes", "governor", "aslr", "kernel", "os", "python",
        "load_average", "gpu",
    }  # fmt: skip


def test_id_is_of_the_hardware_as_told():
    """The id follows from the facts, is 12 hexadecimal digits, and is the same next time."""
    facts = machine_facts()
    gpus = [gpu["name"] for gpu in facts["gpu"]]
    assert facts["id"] == hardware_id(facts["cpu_model"], facts["cores"], facts["memory_bytes"], gpus)
    assert facts["id"] == machine_facts()["id"]
    assert len(facts["id"]) == 12
    int(facts["id"], 16)


def test_id_forgives_what_firmware_takes():
    """A few hundred megabytes more or less, as after an update, are the same machine; so is another order of GPUs."""
    one = hardware_id("Ryzen", 16, 64 * 2**30, ["A10", "H100"])
    assert hardware_id("Ryzen", 16, 64 * 2**30 - 300 * 2**20, ["H100", "A10"]) == one


@pytest.mark.parametrize(
    "other",
    [
        ("Xeon", 16, 2**36, ["A10"]),
        ("Ryzen", 8, 2**36, ["A10"]),
        ("Ryzen", 16, 2**35, ["A10"]),
        ("Ryzen", 16, 2**36, []),
    ],
)
def test_id_differs_with_the_hardware(other):
    """Another CPU, number of cores, memory or GPU is another machine."""
    assert hardware_id(*other) != hardware_id("Ryzen", 16, 2**36, ["A10"])


def test_gpus_by_command_where_the_library_is_missing(tmp_path):
    """Without nvidia-ml-py the GPUs come from nvidia-smi; a name may hold a comma."""
    (tmp_path / "nvidia-smi").write_text(FAKE_SMI)
    (tmp_path / "nvidia-smi").chmod(0o755)
    block = "import sys, json; sys.modules['pynvml'] = None; from pytest_relaybench import machine; "
    show = "print(json.dumps(machine.machine_facts()['gpu']))"
    path = f"{tmp_path}:{os.environ['PATH']}"
    told = subprocess.run(
        [sys.executable, "-c", block + show], env={**os.environ, "PATH": path}, capture_output=True, check=True
    )
    assert json.loads(told.stdout) == [
        {"name": "NVIDIA H100 80GB HBM3", "driver": "570.86.15"},
        {"name": "NVIDIA A10, with a comma", "driver": "570.86.15"},
    ]


def test_no_gpu_where_the_driver_fails(tmp_path):
    """An nvidia-smi that fails, as it does after a driver update until the next boot, means no GPU and no error."""
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 'Failed to initialize NVML'\nexit 18\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    block = "import sys; sys.modules['pynvml'] = None; from pytest_relaybench import machine; "
    told = subprocess.run(
        [sys.executable, "-c", block + "print(machine.machine_facts()['gpu'])"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
    )
    assert told.stdout == b"[]\n"


def test_gpus_by_library(tmp_path):
    """With nvidia-ml-py the GPUs come from it, also from older versions that answer in bytes."""
    (tmp_path / "pynvml.py").write_text(
        "class NVMLError(Exception): pass\n"
        "def nvmlInit(): pass\n"
        "def nvmlShutdown(): print('shut down')\n"
        "def nvmlSystemGetDriverVersion(): return b'570.86'\n"
        "def nvmlDeviceGetCount(): return 2\n"
        "def nvmlDeviceGetHandleByIndex(index): return index\n"
        "def nvmlDeviceGetName(handle): return ['H100', b'A10'][handle]\n"
    )
    program = "from pytest_relaybench import machine; print(machine.machine_facts()['gpu'])"
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    expected = [{"name": "H100", "driver": "570.86"}, {"name": "A10", "driver": "570.86"}]
    assert told.stdout.decode() == f"shut down\n{expected}\n"


def test_versions_are_those_installed():
    """Versions are those of the installed distributions; what is not installed is absent."""
    found = versions()
    assert found["pytest-relaybench"] == metadata.version("pytest-relaybench")
    assert {"pytest", "pytest-benchmark", "numpy"} <= set(found)
    assert all(found.values())


def test_versions_import_nothing():
    """Asking for versions does not load TVM or torch into the process that asks."""
    program = (
        "import sys; from pytest_relaybench.machine import versions; versions(); "
        "print([name for name in ('tvm', 'torch', 'numpy', 'onnxruntime') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
