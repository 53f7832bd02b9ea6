"""The TVM that the environment has, found without importing it."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ..errors import MeasurementError
from .facts import release_of
from .git_names import FULL_COMMIT

DISTRIBUTION = "apache-tvm"
FFI_DISTRIBUTION = "apache-tvm-ffi"
UNKNOWN_VERSION = "unknown"


@dataclass(frozen=True)
class Variant:
    """A TVM build under test. `path` is the folder of its package `tvm`; `commit` is None where the build has none."""

    label: str
    version: str
    commit: str | None
    path: Path

    @property
    def tvm_hash(self) -> str:
        """What tells this build from every other: the commit of one from git, version and commit of a wheel.

        A wheel's is as in `0.27.0.post1+g7b5acb32b`, or the version alone where the wheel does not tell.
        """
        if self.commit and FULL_COMMIT.fullmatch(self.commit):
            return self.commit
        return f"{self.version}+{self.commit}" if self.commit else self.version

    def check_imported(self) -> None:
        """Import tvm and make sure that it is this build.

        Raises MeasurementError when another one came: nothing may be measured under the wrong name.
        """
        tvm = importlib.import_module("tvm")  # takes seconds, so only the process that measures does it
        path = Path(str(tvm.__file__)).resolve().parent
        if path != self.path.resolve():
            raise MeasurementError(f"variant {self.label}: tvm came from {path}, not from {self.path}")
        if self.version not in (UNKNOWN_VERSION, tvm.__version__):
            raise MeasurementError(f"variant {self.label}: tvm says it is {tvm.__version__}, not {self.version}")


def variant_from(told: Mapping[str, str | None]) -> Variant:
    """The variant that a parent describes to its child by label, version, commit and path."""
    return Variant(str(told["label"]), str(told["version"]), told["commit"], Path(str(told["path"])))


def installed() -> Variant | None:
    """The TVM that `import tvm` would give, labelled `installed`; None when there is none."""
    spec = find_spec("tvm")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent
    told = told_by(path)
    return Variant("installed", told.get("__version__") or _distribution_version(), told.get("__commit_id__"), path)


def told_by(package: Path) -> dict[str, str]:
    """What a folder of the package `tvm` tells of itself: `__version__` and `__commit_id__`, or nothing."""
    return _assigned(package / "_version.py")


def check_ffi(variant: Variant) -> str | None:
    """A warning of one line when the tvm-ffi beside this TVM is not the one it works with, else None."""
    release, ffi = release_of(variant.version), _version_or_none(FFI_DISTRIBUTION)
    if release is None or ffi == release.ffi:
        return None
    found = f"not with the {ffi} here" if ffi else "and none is here"
    return (
        f"TVM {variant.version} works with tvm-ffi {release.ffi}, {found} ({release.note}): "
        f"{Path(sys.executable).name} -m pip install '{FFI_DISTRIBUTION}=={release.ffi}'"
    )


def _assigned(file: Path) -> dict[str, str]:
    """The names to which the module `file` assigns text, without running it; empty when it cannot be read."""
    try:
        body = ast.parse(file.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return {}
    found = {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            found.update(dict.fromkeys(names, node.value.value))
    return found


def _distribution_version() -> str:
    """A source tree on PYTHONPATH has no `_version.py`, and perhaps no distribution either."""
    return _version_or_none(DISTRIBUTION) or UNKNOWN_VERSION


def _version_or_none(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
