"""The fingerprint of machine and software."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata

import psutil
import pytest

from pytest_relaybench import machine
from pytest_relaybench.machine import fingerprint, fingerprint_changes, hardware_id, machine_facts, versions

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
        "id", "host", "cpu_model", "microcode", "cores", "usable_cores", "cpu_quota", "memory_bytes", "governor",
        "turbo", "smt", "aslr", "kernel", "os", "python", "load_average", "gpu",
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


FACTS = {
    "id": "0", "host": "one", "load_average": [1.0], "cpu_model": "Ryzen", "microcode": "0xa20120a", "cores": 16,
    "usable_cores": 16, "cpu_quota": "none", "memory_bytes": 2**36, "governor": "performance", "turbo": False,
    "smt": True, "aslr": True, "kernel": "6.1.0", "os": "Debian", "python": "3.11.7",
    "gpu": [{"name": "A10", "driver": "570.86"}, {"name": "A10", "driver": "570.86"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "changes"),
    [
        ({"kernel": "6.8.0"}, ["kernel 6.1.0 -> 6.8.0"]),
        ({"turbo": True, "governor": "powersave"}, ["governor performance -> powersave", "turbo off -> on"]),
        ({"smt": False, "aslr": False}, ["SMT on -> off", "ASLR on -> off"]),
        ({"cpu_quota": "1.5", "usable_cores": 2}, ["CPU quota none -> 1.5", "usable cores 16 -> 2"]),
        (
            {"microcode": "0xa20120b", "python": "3.12.1"},
            ["microcode 0xa20120a -> 0xa20120b", "Python 3.11.7 -> 3.12.1"],
        ),
        ({"gpu": [{"name": "A10", "driver": "580.1"}]}, ["driver of A10 570.86 -> 580.1"]),
        ({"host": "two", "load_average": [9.0], "os": "Debian 13"}, []),
        ({"governor": None, "microcode": None}, []),
    ],
)
def test_changes_of_the_fingerprint(facts, changes):
    """What may change results is told in words; the load, a name, and what is no longer known are no changes."""
    assert fingerprint_changes(fingerprint(FACTS), fingerprint({**FACTS, **facts})) == changes


def test_fingerprint_of_an_older_record():
    """Facts that were not recorded yet are no changes once they are."""
    older = {key: FACTS[key] for key in ("id", "cpu_model", "cores", "governor", "kernel")}
    assert fingerprint_changes(fingerprint(older), fingerprint(FACTS)) == []
    assert fingerprint(older) == {"CPU": "Ryzen", "governor": "performance", "kernel": "6.1.0"}


def test_fingerprint_of_this_machine_is_the_same_next_time():
    """Nothing of it is of the moment."""
    assert fingerprint(machine_facts()) == fingerprint(machine_facts())
    assert {"CPU", "kernel", "Python", "usable cores"} <= set(fingerprint(machine_facts()))


@pytest.mark.parametrize(
    ("own", "files", "quota"),
    [
        ("0::/a/b", {"a/b/cpu.max": "max 100000", "a/cpu.max": "150000 100000"}, "1.5"),
        ("0::/a", {"a/cpu.max": "max 100000"}, "none"),
        ("0::/", {"cpu.max": "400000 100000"}, "4"),
        (
            "2:cpu,cpuacct:/x\n0::/",
            {"cpu,cpuacct/x/cpu.cfs_quota_us": "50000", "cpu,cpuacct/x/cpu.cfs_period_us": "100000"},
            "0.5",
        ),
        ("1:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "none"),
        ("0::/a", {"a/cpu.max": "nonsense"}, None),
        ("0::/", {}, None),
        ("", {"cpu.max": "400000 100000"}, None),
    ],
)
def test_quota_of_the_container(own, files, quota, tmp_path, monkeypatch):
    """The least quota up to the root counts, of version 2 or 1 of control groups; "none" is no limit, None unknown."""
    monkeypatch.setattr(machine, "CGROUPS", tmp_path / "groups")
    monkeypatch.setattr(machine, "OWN_CGROUP", tmp_path / "own")
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        (tmp_path / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name).write_text(f"{text}\n")
    assert machine_facts()["cpu_quota"] == quota


@pytest.mark.parametrize(
    ("files", "turbo", "smt"),
    [
        ({"cpufreq/boost": "1", "smt/active": "1"}, True, True),
        ({"cpufreq/boost": "0", "smt/active": "0"}, False, False),
        ({"intel_pstate/no_turbo": "1"}, False, None),
        ({"intel_pstate/no_turbo": "0", "smt/active": "?"}, True, None),
        ({}, None, None),
    ],
)
def test_turbo_and_smt(files, turbo, smt, tmp_path, monkeypatch):
    """As cpufreq tells, or Intel's driver with its switch the other way; None where nothing tells."""
    monkeypatch.setattr(machine, "CPU_FOLDER", tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    facts = machine_facts()
    assert (facts["turbo"], facts["smt"]) == (turbo, smt)


@pytest.mark.parametrize("gpu", [3, "x", {"name": "a"}, [None], [{}], [["name"]]])
def test_odd_gpus_are_left_out_of_the_fingerprint(gpu):
    """A record may have been edited by hand."""
    assert fingerprint({"kernel": "6.1", "gpu": gpu}) == {"kernel": "6.1"}
