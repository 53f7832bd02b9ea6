"""A small git repository that builds a package `tvm` as TVM's own does: CMake by scikit-build-core, with a submodule.

Its one kernel, in C++, does an amount of work that each commit states; it is loaded with ctypes, so that no header of
Python's is needed. A build without isolation takes a second or two.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

USUAL_WORK = 1000
USUAL_VERSION = "0.90.0"
STEP = 3  # defined in the submodule

_PYPROJECT = """
[build-system]
requires = ["scikit-build-core>=0.11"]
build-backend = "scikit_build_core.build"

[project]
name = "apache-tvm"
version = "{version}"
dependencies = [{dependencies}]

[tool.scikit-build]
build-dir = "build"
cmake.build-type = "Release"
wheel.packages = ["python/tvm"]
wheel.py-api = "py3"
wheel.install-dir = "tvm"

[tool.scikit-build.cmake.define]
FLAVOUR = "plain"
"""
_CMAKE = """
cmake_minimum_required(VERSION 3.18)
project(fake_tvm CXX)
add_library(kernel SHARED src/kernel.cc)
target_include_directories(kernel PRIVATE 3rdparty/steps/include)
target_compile_definitions(kernel PRIVATE "FLAVOUR=\\"${FLAVOUR}\\"")
install(TARGETS kernel LIBRARY DESTINATION .)
"""
_KERNEL = """
#include <step.h>
extern "C" const char* flavour() { return FLAVOUR; }
extern "C" long work() { return %(work)d; }
extern "C" double run(long repeats) {
  volatile double sum = 0;
  for (long left = repeats * work(); left > 0; --left) sum = sum + STEP;
  return sum;
}
%(rest)s
"""
_PACKAGE = '''
"""Stands for TVM."""
import ctypes, pathlib
from . import relax
from ._version import __version__
from .relax import build as compile

_kernel = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libkernel.so")))
_kernel.flavour.restype = ctypes.c_char_p
_kernel.work.restype = ctypes.c_long
_kernel.run.restype = ctypes.c_double
_kernel.run.argtypes = [ctypes.c_long]
run, work = _kernel.run, _kernel.work

def flavour():
    return _kernel.flavour().decode()
'''
_RELAX = '''
"""Stands for tvm.relax."""

def build(mod, *args, **kwargs):
    return mod
'''
_FFI_PYPROJECT = """
[build-system]
requires = ["scikit-build-core>=0.11"]
build-backend = "scikit_build_core.build"

[project]
name = "apache-tvm-ffi"
version = "0.90.1"

[tool.scikit-build]
wheel.cmake = false
wheel.packages = ["tvm_ffi"]
"""
_IDENTITY = {
    **{f"GIT_{who}_{what}": f"{what}@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass(frozen=True)
class Repo:
    """A repository with a work tree at `path`, which also serves as the remote."""

    path: Path

    @property
    def remote(self) -> str:
        """What to give as the remote."""
        return str(self.path)

    def git(self, *words: str) -> str:
        """What git printed, run in the work tree."""
        command = ["git", "-c", "protocol.file.allow=always", *words]
        told = subprocess.run(
            command, cwd=self.path, env={**os.environ, **_IDENTITY}, check=True, capture_output=True, text=True
        )
        return told.stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of the work tree, made anew or changed."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    def commit(self, message: str) -> str:
        """Commit everything, also when nothing changed; the full commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


def make_repository(path: Path, *, ffi: bool = False) -> Repo:
    """A repository at `path` with one commit on branch `main`, and one beside it for its submodule.

    With `ffi` there is a project `apache-tvm-ffi` in 3rdparty/tvm-ffi, as TVM has, here in the repository itself.
    """
    steps = _init(path.with_name(f"{path.name}-steps"))
    steps.write({"include/step.h": f"#define STEP {STEP}\n"})
    steps.commit("define the step")
    repo = _init(path)
    repo.git("submodule", "--quiet", "add", steps.remote, "3rdparty/steps")
    repo.write({"CMakeLists.txt": _CMAKE, "python/tvm/relax.py": _RELAX, ".gitignore": "/build/\n"})
    if ffi:
        repo.write({"3rdparty/tvm-ffi/pyproject.toml": _FFI_PYPROJECT, "3rdparty/tvm-ffi/tvm_ffi/__init__.py": ""})
    commit_change(repo, dependencies=("apache-tvm-ffi>=0.90",) if ffi else ())
    return repo


def commit_change(
    repo: Repo,
    *,
    work: int = USUAL_WORK,
    version: str = USUAL_VERSION,
    broken: bool = False,
    says: str | None = None,
    import_error: bool = False,
    dependencies: tuple[str, ...] | None = None,
) -> str:
    """Commit the project in this state to the current branch; the full commit.

    `work` is the kernel's, in steps per repeat; `broken` does not compile; `says` is the version that `tvm` tells
    where it is not the project's; `import_error` builds and cannot be imported; `dependencies` stay as they were
    when not given.
    """
    listed = None if dependencies is None else ", ".join(f'"{entry}"' for entry in dependencies)
    project = repo.path / "pyproject.toml"
    if listed is None:
        line = next(line for line in project.read_text().splitlines() if line.startswith("dependencies"))
        listed = line.partition("[")[2].rstrip("]")
    package = _PACKAGE + ("\nraise ImportError('this commit cannot be imported')\n" if import_error else "")
    rest = "\n".join(f"#error line {number} of many" for number in range(100)) if broken else ""
    repo.write(
        {
            "pyproject.toml": _PYPROJECT.format(version=version, dependencies=listed),
            "src/kernel.cc": _KERNEL % {"work": work, "rest": rest},
            "python/tvm/__init__.py": package,
            "python/tvm/_version.py": f'__version__ = "{says or version}"\n',
        }
    )
    return repo.commit(f"work {work}, version {version}")


def _init(path: Path) -> Repo:
    path.mkdir(parents=True)
    repo = Repo(path)
    repo.git("init", "--quiet", "--initial-branch", "main")
    return repo
