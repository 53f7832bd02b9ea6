"""What a build from source needs of the machine, found out before it starts."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from pytest_relaybench.variants import toolchain
from pytest_relaybench.variants.toolchain import missing_tools, parallel_jobs, toolchain_identity


def program(path: Path, prints: str, status: int = 0) -> str:
    """A program that prints this, whatever it is asked."""
    path.write_text(f"#!/bin/sh\necho '{prints}'\nexit {status}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def _usual_compilers(monkeypatch):
    for name in ("CC", "CXX"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("isolation", [True, False])
def test_nothing_is_missing_here(isolation):
    """The machine that tests run on builds C++20."""
    assert missing_tools({}, build_isolation=isolation) == []


def test_missing_compiler(monkeypatch):
    """A compiler that is not there is told by name."""
    monkeypatch.setenv("CXX", "no-such-compiler --fast")
    assert missing_tools({}, build_isolation=True) == ["a C++ compiler is missing: there is no no-such-compiler"]


def test_old_compiler(monkeypatch, tmp_path):
    """So is one that does not compile C++20."""
    monkeypatch.setenv("CXX", program(tmp_path / "old-c++", "unrecognized option", status=1))
    (problem,) = missing_tools({}, build_isolation=True)
    assert "old-c++ does not compile C++20" in problem


@pytest.mark.parametrize(
    ("printed", "problem"), [("14.0.6", "LLVM 14.0.6 is too old: TVM needs 15"), ("15.0.7", None), ("22.1.0rc1", None)]
)
def test_versions_of_llvm(tmp_path, printed, problem):
    """The llvm-config that the setting names is asked for its version."""
    found = missing_tools({"USE_LLVM": f"{program(tmp_path / 'llvm', printed)} --link-static"}, build_isolation=True)
    assert [text[: len(problem or "")] for text in found] == ([problem] if problem else [])


def test_llvm_of_the_path(tmp_path, monkeypatch):
    """`ON` means the llvm-config of the PATH, `OFF` or nothing means none."""
    program(tmp_path / "llvm-config", "11.1.0")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "LLVM 11.1.0" in missing_tools({"USE_LLVM": "ON"}, build_isolation=True)[0]
    assert missing_tools({"USE_LLVM": "OFF"}, build_isolation=True) == missing_tools({}, build_isolation=True) == []
    assert toolchain_identity({"USE_LLVM": "ON"})["llvm"] == "11.1.0"
    assert "llvm" not in toolchain_identity({})


def test_missing_llvm():
    """An llvm-config that does not run is told, with the setting that names it."""
    (problem,) = missing_tools({"USE_LLVM": "/nowhere/llvm-config"}, build_isolation=True)
    assert problem == "LLVM is missing: /nowhere/llvm-config does not run (USE_LLVM names the llvm-config to use)"


def test_old_cmake(tmp_path, monkeypatch):
    """CMake must be new enough where the build does not bring its own."""
    compiler = next(Path(folder, "c++") for folder in os.get_exec_path() if Path(folder, "c++").exists())
    monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setattr(toolchain.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_tools({}, build_isolation=False) == ["CMake 3.26 or newer is missing (found none)"]
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    program(tmp_path / "cmake", "cmake version 3.25.1")
    assert missing_tools({}, build_isolation=False) == ["CMake 3.26 or newer is missing (found 3.25.1)"]
    assert missing_tools({}, build_isolation=True) == []


def test_identity(monkeypatch):
    """Interpreter, compilers and flags tell builds apart; what is not set does not stand there."""
    monkeypatch.setenv("CXXFLAGS", "-O1")
    monkeypatch.delenv("LDFLAGS", raising=False)
    identity = toolchain_identity({})
    assert identity["CXXFLAGS"] == "-O1"
    assert "LDFLAGS" not in identity
    assert "cpython-3" in identity["python"]
    assert identity["cxx"]


def test_jobs(monkeypatch):
    """One compiler per CPU that may be used, fewer where memory is short or fewer were asked for, at least one."""
    free = psutil.virtual_memory()._replace(available=3 * toolchain.BYTES_PER_JOB)
    monkeypatch.setattr(toolchain.psutil, "virtual_memory", lambda: free)
    monkeypatch.setattr(toolchain.os, "sched_getaffinity", lambda _: set(range(8)))
    assert [parallel_jobs(asked) for asked in (None, 1, 2, 16)] == [3, 1, 2, 3]
    monkeypatch.setattr(toolchain.os, "sched_getaffinity", lambda _: {5})
    assert parallel_jobs() == 1
    monkeypatch.setattr(toolchain.psutil, "virtual_memory", lambda: free._replace(available=0))
    assert parallel_jobs(4) == 1
