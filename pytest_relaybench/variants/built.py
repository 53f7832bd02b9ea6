"""A TVM that was installed into a folder: what it is, and that it is what it should be."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from ..files import write_json
from .build_log import BuildLog
from .installed import told_by

SCHEMA = 1
PACKAGES = "packages"
META = "built.json"
LOG = "build.log"
IMPORT_TIMEOUT_S = 300.0
_IMPORT = """
import json, sys, tvm
with open(sys.argv[1], "w") as file:
    json.dump({"path": tvm.__file__, "version": tvm.__version__}, file)
"""


@dataclass(frozen=True)
class Built:
    """What `built.json` tells of a build: the version that `tvm` says it is, and the commit, where there is one."""

    version: str
    commit: str | None
    schema: int = SCHEMA


def packages_of(content: Path) -> Path:
    """The folder for PYTHONPATH."""
    return content / PACKAGES


def tvm_of(content: Path) -> Path:
    """The folder of the package `tvm`."""
    return packages_of(content) / "tvm"


def read_built(content: Path) -> Built | None:
    """What was built there; None when it is not whole."""
    try:
        told = json.loads((content / META).read_bytes())
        built = Built(**told)
    except (OSError, ValueError, TypeError):
        return None
    is_whole = built.schema == SCHEMA and (tvm_of(content) / "__init__.py").is_file()
    version = told_by(tvm_of(content)).get("__version__", built.version) if is_whole else None
    return built if version == built.version else None


def finish(content: Path, log: BuildLog, *, version: str, commit: str | None) -> None:
    """Import what was installed, make sure that it is `version` and `commit`, and write `built.json`.

    Raises VariantError when it cannot be imported, or says that it is something else.
    """
    tvm = _imported(content, log)
    path = Path(str(tvm["path"])).parent
    if path.resolve() != tvm_of(content).resolve():
        raise log.failure(f"tvm was imported from {path}, not from what was built")
    if not _same(str(tvm["version"]), version):
        raise log.failure(f"tvm says it is {tvm['version']}, not {version}")
    told = told_by(tvm_of(content)).get("__commit_id__")
    if told and commit and not _same_commit(told, commit):
        raise log.failure(f"tvm says it is of commit {told}, not {commit}")
    shutil.copyfile(log.path, content / LOG)  # the folder of logs forgets
    write_json(content / META, asdict(Built(str(tvm["version"]), commit or told)))


def _imported(content: Path, log: BuildLog) -> dict[str, Any]:
    answer = content / "import.json"
    log.run(
        [sys.executable, "-P", "-c", _IMPORT, answer],
        what="import tvm",
        env={"PYTHONPATH": str(packages_of(content)), "TVM_NUM_THREADS": "1"},
        cwd=content,
        timeout_s=IMPORT_TIMEOUT_S,
    )
    told: dict[str, Any] = json.loads(answer.read_bytes())
    answer.unlink()
    return told


def _same(told: str, wanted: str) -> bool:
    try:
        return Version(told) == Version(wanted)
    except InvalidVersion:
        return told == wanted


def _same_commit(told: str, commit: str) -> bool:
    """setuptools-scm writes `g` and the first digits, others the whole."""
    short, long = sorted((told.removeprefix("g"), commit.removeprefix("g")), key=len)
    return long.startswith(short)
