"""TVM from source: the files of one commit, a wheel by the project's own build backend, installed into a folder."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import parse_wheel_filename

from .build_log import BuildLog
from .built import finish, packages_of, tvm_of
from .installed import FFI_DISTRIBUTION
from .mirror import Mirror
from .release import install_least_ffi
from .spec import Git
from .target_folder import TargetFolder
from .toolchain import missing_tools, toolchain_identity

BUILD_TIMEOUT_S = 4 * 3600.0
FFI_SOURCE = "3rdparty/tvm-ffi"  # in TVM's tree: what a commit was written against, released or not


@dataclass(frozen=True)
class GitBuild:
    """How `commit` of the mirrored repository is built: as `spec` says, by `jobs` compilers at once.

    `note` is told, in a line, what a person should know.
    """

    spec: Git
    commit: str
    mirror: Mirror
    log: BuildLog
    jobs: int
    note: Callable[[str], None]

    def inputs(self) -> list[Any]:
        """All that decides what the build becomes. Not the remote: a commit is the same in every fork that has it."""
        spec = self.spec
        settings = {"cmake": dict(spec.cmake), "submodules": spec.submodules, "build_isolation": spec.build_isolation}
        return [self.commit, settings, toolchain_identity(spec.cmake)]

    def fill(self, content: Path) -> None:
        """Build and install below `content`; raises VariantError."""
        missing = missing_tools(self.spec.cmake, build_isolation=self.spec.build_isolation)
        if missing:
            raise self.log.failure("; ".join(missing))
        self.note(f"building {self.spec.label} at {self.commit[:12]} with {self.jobs} jobs, log: {self.log.path}")
        self.log.write(json.dumps(self.inputs(), indent=1))
        target = TargetFolder(packages_of(content), self.log)
        wheel = self._install_source(content, target)
        if not (tvm_of(content) / "__init__.py").is_file():
            raise self.log.failure(f"{wheel} holds no package tvm")
        name, version, *_ = parse_wheel_filename(wheel)
        if target.distribution(FFI_DISTRIBUTION) is None:
            install_least_ffi(target, name, self.log, self.note)
        target.install_missing()
        finish(content, self.log, version=str(version), commit=self.commit)

    def _install_source(self, content: Path, target: TargetFolder) -> str:
        """Build and install TVM, and the tvm-ffi in its tree if there is one; the name of TVM's wheel."""
        wheels = content / "wheels"
        with self.mirror.checked_out(self.commit, content / "source", submodules=self.spec.submodules) as source:
            if (source / FFI_SOURCE / "pyproject.toml").is_file():
                target.install(self._wheel(source / FFI_SOURCE, wheels / "ffi", target, {}))
            wheel = self._wheel(source, wheels / "tvm", target, self._cmake_arguments())
        target.install(wheel)
        shutil.rmtree(wheels)
        return wheel.name

    def _wheel(self, source: Path, into: Path, target: TargetFolder, env: Mapping[str, str]) -> Path:
        """The wheel that the project in `source` builds of itself."""
        isolation = () if self.spec.build_isolation else ("--no-build-isolation",)
        target.pip(
            *("wheel", "--no-deps", "--verbose", "--no-cache-dir", *isolation),
            *("--wheel-dir", into, source),
            what="the build",
            timeout_s=BUILD_TIMEOUT_S,
            env={**env, "CMAKE_BUILD_PARALLEL_LEVEL": str(self.jobs)},
        )
        wheels = list(into.glob("*.whl"))
        if len(wheels) != 1:
            raise self.log.failure(f"the build made {len(wheels)} wheels instead of one")
        return wheels[0]

    def _cmake_arguments(self) -> dict[str, str]:
        """The settings as scikit-build-core takes them, after those that the environment has."""
        settings = [f"-D{key}={value}" for key, value in self.spec.cmake.items()]
        given = os.environ.get("CMAKE_ARGS", "")
        return {"CMAKE_ARGS": f"{given} {shlex.join(settings)}".strip()} if settings else {}
