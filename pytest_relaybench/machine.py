"""What machine and what software measured: without it no two numbers may be compared."""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

CPU_FOLDER = Path("/sys/devices/system/cpu")
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
UNLIMITED = "none"
# fact → word of the fingerprint
FINGERPRINT = {
    "cpu_model": "CPU",
    "microcode": "microcode",
    "kernel": "kernel",
    "governor": "governor",
    "turbo": "turbo",
    "smt": "SMT",
    "aslr": "ASLR",
    "cpu_quota": "CPU quota",
    "usable_cores": "usable cores",
    "python": "Python",
}
PACKAGES = (
    "apache-tvm",
    "apache-tvm-ffi",
    "numpy",
    "onnxruntime",
    "pytest",
    "pytest-benchmark",
    "pytest-relaybench",
    "torch",
)
SMI_QUERY = ("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")
SMI_TIMEOUT_S = 20


def machine_facts() -> dict[str, Any]:
    """Facts about this machine, for a record; the load average is of this moment.

    `id` is 12 hexadecimal digits of the SHA-256 over the hardware only (CPU model, logical cores, memory in GiB, GPU
    names), so that a new kernel, driver or host name does not begin new series. `governor`, `turbo`, `smt`, `aslr`,
    `microcode` and `cpu_quota` are None where the system does not tell them; `cpu_quota` is how many CPUs' time the
    container may use, "none" where it may use all; `gpu` lists the name and driver of every NVIDIA GPU.
    """
    gpus = _gpus()
    memory = psutil.virtual_memory().total
    cpu, cores = _cpu_model(), os.cpu_count() or 1
    return {
        "id": hardware_id(cpu, cores, memory, [gpu["name"] for gpu in gpus]),
        "host": platform.node(),
        "cpu_model": cpu,
        "microcode": _cpu_field("microcode"),
        "cores": cores,
        "usable_cores": len(os.sched_getaffinity(0)),
        "cpu_quota": _cpu_quota(),
        "memory_bytes": memory,
        "governor": _governor(),
        "turbo": _turbo(),
        "smt": _switch(CPU_FOLDER / "smt" / "active"),
        "aslr": _aslr(),
        "kernel": platform.release(),
        "os": _os_name(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "gpu": gpus,
    }


def hardware_id(cpu_model: str, cores: int, memory_bytes: int, gpu_names: list[str]) -> str:
    """What tells machines apart, as 12 hexadecimal digits; memory counts in whole GiB, as firmware takes its share."""
    hardware = [cpu_model, cores, round(memory_bytes / 2**30), sorted(gpu_names)]
    return hashlib.sha256(json.dumps(hardware).encode()).hexdigest()[:12]


def is_of_other_program(machine: str) -> bool:
    """Whether the id is that of an imported run's machine: it begins with the name of the program and a colon."""
    return ":" in machine


def fingerprint(facts: Mapping[str, Any]) -> dict[str, str]:
    """What may change results while the machine stays the same, of a record's facts; unknown ones are left out.

    Packages are no part of it: they are the record's `versions`.
    """
    found = {word: _word(facts.get(key)) for key, word in FINGERPRINT.items()}
    gpus = facts.get("gpu")
    for gpu in gpus if isinstance(gpus, list | tuple) else ():
        if isinstance(gpu, Mapping) and "name" in gpu:
            found[f"driver of {gpu['name']}"] = str(gpu.get("driver", ""))
    return {word: value for word, value in found.items() if value}


def fingerprint_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What differs, as in "kernel 6.1.0 -> 6.8.0"; what one of the two does not know, as an older record, is none."""
    return [f"{word} {before[word]} -> {after[word]}" for word in after if before.get(word, after[word]) != after[word]]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)


def versions() -> dict[str, str]:
    """Version of every installed package that can change a result; none of them is imported."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _cpu_model() -> str:
    """As the kernel names it; some ARM kernels give only the numbers of implementer and part."""
    fields = _cpu_fields()
    arm = " ".join(fields[key] for key in ("CPU implementer", "CPU part") if key in fields)
    return fields.get("model name") or fields.get("Model") or arm or platform.processor() or platform.machine()


def _cpu_field(name: str) -> str | None:
    return _cpu_fields().get(name)


def _cpu_fields() -> dict[str, str]:
    """What the kernel tells of the first CPU."""
    text = _read(Path("/proc/cpuinfo")) or ""
    return dict(reversed([_field(line) for line in text.splitlines() if ":" in line]))


def _field(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def _governor() -> str | None:
    """The frequency governor, all different ones when the CPUs do not agree."""
    found = {_read(path) for path in CPU_FOLDER.glob("cpu[0-9]*/cpufreq/scaling_governor")}
    return ", ".join(sorted(filter(None, found))) or None


def _turbo() -> bool | None:
    """Whether clocks may rise above their base, as cpufreq tells, or Intel's driver, whose switch is the other way."""
    boost = _switch(CPU_FOLDER / "cpufreq" / "boost")
    no_turbo = _switch(CPU_FOLDER / "intel_pstate" / "no_turbo")
    return boost if no_turbo is None else not no_turbo


def _switch(path: Path) -> bool | None:
    setting = _read(path)
    return None if setting not in {"0", "1"} else setting == "1"


def _cpu_quota() -> str | None:
    """The least quota of this process's control groups, up to their root, as in "1.5"; UNLIMITED where none has one."""
    groups = [line.split(":", 2) for line in (_read(OWN_CGROUP) or "").splitlines() if line.count(":") >= 2]
    found = []
    for _, controllers, group in groups:
        if controllers not in {"", "cpu", "cpu,cpuacct", "cpuacct,cpu"}:
            continue
        folder = CGROUPS / controllers / group.lstrip("/")
        found += [_quota(place) for place in (folder, *folder.parents) if place.is_relative_to(CGROUPS)]
    known = [quota for quota in found if quota is not None]
    return f"{min(known):g}".replace("inf", UNLIMITED) if known else None


def _quota(folder: Path) -> float | None:
    """CPUs' time that a control group of version 2 or 1 may use; infinite where it has no limit."""
    told = (_read(folder / "cpu.max") or "").split()
    if not told:
        told = [_read(folder / f"cpu.cfs_{name}_us") or "" for name in ("quota", "period")]
    try:
        quota, period = told[0], float(told[1])
        return math.inf if quota in {"max", "-1"} else float(quota) / period
    except (ValueError, IndexError, ZeroDivisionError):
        return None


def _aslr() -> bool | None:
    setting = _read(Path("/proc/sys/kernel/randomize_va_space"))
    return None if setting is None else setting != "0"


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _gpus() -> list[dict[str, str]]:
    """Name and driver of every NVIDIA GPU; none where there is no driver."""
    try:
        nvml = importlib.import_module("pynvml")  # optional, in the extra `gpu`
    except ImportError:
        return _gpus_by_command()
    try:
        return _gpus_by_library(nvml)
    except nvml.NVMLError:
        return []


def _gpus_by_library(nvml: Any) -> list[dict[str, str]]:
    nvml.nvmlInit()
    try:
        driver = _text(nvml.nvmlSystemGetDriverVersion())
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        return [{"name": _text(nvml.nvmlDeviceGetName(handle)), "driver": driver} for handle in handles]
    finally:
        nvml.nvmlShutdown()


def _gpus_by_command() -> list[dict[str, str]]:
    try:
        told = subprocess.run(SMI_QUERY, capture_output=True, text=True, timeout=SMI_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    rows = (line.rpartition(",") for line in told.stdout.splitlines() if line.strip())
    return [{"name": name.strip(), "driver": driver.strip()} for name, _, driver in rows]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
