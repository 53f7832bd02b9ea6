"""The machine as a build from source sees it: what is missing, what makes builds differ, how much it may take."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import psutil

LLVM_SETTING = "USE_LLVM"
LEAST_LLVM = 15
LEAST_CMAKE = (3, 26)
BYTES_PER_JOB = 2 * 1024**3
_SWITCHED_OFF = frozenset({"", "0", "OFF", "NO", "FALSE", "N"})
_SWITCHED_ON = frozenset({"1", "ON", "YES", "TRUE", "Y"})
# what compilers and CMake read beside their arguments
_COUNTED = (
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "CMAKE_ARGS",
    "CMAKE_GENERATOR",
    "CMAKE_PREFIX_PATH",
)
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def missing_tools(cmake: Mapping[str, str], *, build_isolation: bool) -> list[str]:
    """What a build would fail for after a while, one line each; empty when nothing is known to be missing.

    Sources: TVM's guide to building from source, and its build with these tools (docs/how-to-tvm-from-source.md).
    """
    found = [_compiler_problem(), _llvm_problem(cmake)]
    if importlib.util.find_spec("pip") is None:
        found.append(f"pip is not installed for {sys.executable}")
    if not build_isolation:
        found.append(_cmake_problem())
    return [problem for problem in found if problem]


def toolchain_identity(cmake: Mapping[str, str]) -> dict[str, str]:
    """What makes two builds of the same source with the same settings differ: interpreter, compilers, LLVM, flags."""
    identity = {
        "python": f"{sysconfig.get_config_var('SOABI')} {sysconfig.get_platform()}",
        "cc": _first_line([*_program("CC", "cc"), "--version"]),
        "cxx": _first_line([*_program("CXX", "c++"), "--version"]),
        **{name: os.environ[name] for name in _COUNTED if os.environ.get(name)},
    }
    llvm = _llvm_config(cmake)
    return {**identity, "llvm": _first_line([*llvm, "--version"])} if llvm else identity


def parallel_jobs(asked: int | None = None) -> int:
    """How many compilers may run at once: at most one per CPU of this process, and per 2 GiB of free memory."""
    most = min(len(os.sched_getaffinity(0)), psutil.virtual_memory().available // BYTES_PER_JOB)
    return max(1, min(most, asked or most))


def _compiler_problem() -> str | None:
    command = _program("CXX", "c++")
    if shutil.which(command[0]) is None:
        return f"a C++ compiler is missing: there is no {command[0]}"
    arguments = ["-std=c++20", "-fsyntax-only", "-x", "c++", os.devnull]
    if subprocess.run([*command, *arguments], capture_output=True, check=False).returncode:
        return f"{shlex.join(command)} does not compile C++20 (g++ does from version 10, clang++ from version 10)"
    return None


def _llvm_problem(cmake: Mapping[str, str]) -> str | None:
    command = _llvm_config(cmake)
    if command is None:
        return None
    told = _first_line([*command, "--version"])
    version = _NUMBER.search(told)
    if version is None:
        return f"LLVM is missing: {command[0]} does not run ({LLVM_SETTING} names the llvm-config to use)"
    if int(version[0].split(".")[0]) < LEAST_LLVM:
        told = f"LLVM {version[0]} is too old: TVM needs {LEAST_LLVM} or newer"
        return f"{told} ({LLVM_SETTING} names the llvm-config to use)"
    return None


def _llvm_config(cmake: Mapping[str, str]) -> list[str] | None:
    """The llvm-config that the build would ask; None when it is built without LLVM."""
    words = shlex.split(cmake.get(LLVM_SETTING, ""))
    if not words or words[0].upper() in _SWITCHED_OFF:
        return None
    return ["llvm-config"] if words[0].upper() in _SWITCHED_ON else words[:1]


def _cmake_problem() -> str | None:
    """With build isolation a new enough CMake is fetched with the other tools, without it must be here."""
    beside = Path(sys.executable).with_name("cmake")
    found = [_NUMBER.search(_first_line([command, "--version"])) for command in (str(beside), "cmake")]
    versions = [tuple(map(int, version[0].split("."))) for version in found if version]
    if any(version >= LEAST_CMAKE for version in versions):
        return None
    had = f"found {'.'.join(map(str, max(versions)))}" if versions else "found none"
    return f"CMake {'.'.join(map(str, LEAST_CMAKE))} or newer is missing ({had})"


def _program(variable: str, usual: str) -> list[str]:
    return shlex.split(os.environ.get(variable, "")) or [usual]


def _first_line(command: list[str]) -> str:
    """What the command prints first; empty when it does not run."""
    try:
        told = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (told.stdout.splitlines() or [""])[0]
