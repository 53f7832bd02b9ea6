"""What machine and what software measured: without it no two numbers may be compared."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

CPU_FOLDER = Path("/sys/devices/system/cpu")
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
    names), so that a new kernel, driver or host name does not begin new series. `governor` and `aslr` are None where
    the system does not tell them; `gpu` lists the name and driver of every NVIDIA GPU.
    """
    gpus = _gpus()
    memory = psutil.virtual_memory().total
    cpu, cores = _cpu_model(), os.cpu_count() or 1
    return {
        "id": hardware_id(cpu, cores, memory, [gpu["name"] for gpu in gpus]),
        "host": platform.node(),
        "cpu_model": cpu,
        "cores": cores,
        "memory_bytes": memory,
        "governor": _governor(),
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


def fingerprint(facts: Mapping[str, Any]) -> dict[str, str]:
    """What may change results while the machine stays the same, of the facts of a record; unknown ones are left out."""
    found = {name: facts.get(name) for name in ("cpu_model", "kernel", "governor", "aslr", "python")}
    return {name: str(value) for name, value in found.items() if value is not None}


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
    text = _read(Path("/proc/cpuinfo")) or ""
    fields = dict(reversed([_field(line) for line in text.splitlines() if ":" in line]))
    arm = " ".join(fields[key] for key in ("CPU implementer", "CPU part") if key in fields)
    return fields.get("model name") or fields.get("Model") or arm or platform.processor() or platform.machine()


def _field(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def _governor() -> str | None:
    """The frequency governor, all different ones when the CPUs do not agree."""
    found = {_read(path) for path in CPU_FOLDER.glob("cpu[0-9]*/cpufreq/scaling_governor")}
    return ", ".join(sorted(filter(None, found))) or None


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
