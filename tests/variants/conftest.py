"""What tests of variants share: a repository that stands for TVM's, and a way to provide builds of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.variants.provision import Provided, Provisioner
from pytest_relaybench.variants.spec import Git

from .fake_tvm import Repo, make_repository

ASK = """
import json, tvm
print(json.dumps({"version": tvm.__version__, "path": tvm.__file__, "work": tvm.work(), "flavour": tvm.flavour(),
                  "sum": tvm.run(1)}))
"""


@dataclass
class Workshop:
    """Provides variants below one folder; each `provisioner()` stands for another night."""

    root: Path
    repo: Repo
    notes: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.root / "variants"

    def provisioner(self, *, build: bool = True, keep: int = 10) -> Provisioner:
        return Provisioner(self.folder, build=build, jobs=2, keep=keep, note=self.notes.append)

    def git(self, ref: str = "main", **settings: Any) -> Git:
        return Git(self.repo.remote, ref, **{"build_isolation": False, **settings})

    def provide(self, ref: str = "main", **settings: Any) -> Provided:
        return self.provisioner().provide(self.git(ref, **settings))

    @property
    def builds(self) -> int:
        """How many builds were begun."""
        return sum(note.startswith("building") for note in self.notes)

    def entries(self) -> list[str]:
        """What lies among the builds, locks apart."""
        return sorted(path.name for path in (self.folder / "builds").iterdir() if path.suffix != ".lock")


def ask(provided: Provided, code: str = ASK) -> Any:
    """What a child that imports the variant prints, as JSON."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(provided.pythonpath)}
    return json.loads(subprocess.check_output([sys.executable, "-c", code], env=env, text=True))


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop with a fresh repository."""
    for name in ("CMAKE_ARGS", "CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS"):
        monkeypatch.delenv(name, raising=False)
    return Workshop(tmp_path, make_repository(tmp_path / "repo"))


@pytest.fixture
def asking() -> Callable[[Provided], Any]:
    """What a child that imports the variant finds."""
    return ask
