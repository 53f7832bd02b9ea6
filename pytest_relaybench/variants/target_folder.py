"""A folder for PYTHONPATH with TVM and its tvm-ffi; all else the variants share with the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distributions, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .build_log import BuildLog

INSTALL_TIMEOUT_S = 3600.0
ROUNDS = 5
FFI = "apache-tvm-ffi"
PIP_ENV = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_USER": "0",
    "PIP_CONSTRAINT": "",  # of the environment, whose own TVM it may pin
    "PIP_PROGRESS_BAR": "off",
    "NO_COLOR": "1",
}


class TargetFolder:
    """The packages in `path`, installed by pip; methods raise VariantError."""

    def __init__(self, path: Path, log: BuildLog) -> None:
        self.path = path
        self._log = log
        path.mkdir(parents=True, exist_ok=True)

    def install(self, *requirements: str | Path, options: tuple[str, ...] = ()) -> None:
        """Install exactly these, without what they require."""
        self.pip(
            *("install", "--no-deps", *options),
            *("--target", self.path, *requirements),
            what="the installation",
            timeout_s=INSTALL_TIMEOUT_S,
        )

    def pip(self, *words: str | Path, what: str, timeout_s: float, env: Mapping[str, str] | None = None) -> None:
        """Run this interpreter's pip."""
        command = [sys.executable, "-P", "-m", "pip", *words]
        self._log.run(command, what=what, env={**PIP_ENV, **(env or {})}, cwd=self.path.parent, timeout_s=timeout_s)

    def install_missing(self) -> None:
        """Install what packages here require and neither this folder nor the environment has.

        One by one and without dependencies of their own, or pip would bring a second numpy and torch along.
        """
        for _ in range(ROUNDS):
            missing = [str(requirement) for requirement in self._requirements() if not self._is_met(requirement)]
            if not missing:
                return
            self._log.write(f"missing in the environment: {', '.join(missing)}")
            self.install(*missing)
        raise self._log.failure(f"requirements that cannot be met: {', '.join(missing)}")

    def distribution(self, name: str) -> Distribution | None:
        """The package of that name in this folder."""
        wanted = canonicalize_name(name)
        found = (entry for entry in distributions(path=[str(self.path)]) if canonicalize_name(entry.name) == wanted)
        return next(found, None)

    def least_ffi(self, name: str) -> tuple[str, str] | None:
        """What the package `name` requires of tvm-ffi, and the lowest version that meets it (empty: it names none).

        None when the package needs no tvm-ffi.
        """
        package = self.distribution(name)
        for requirement in _required_by(package) if package else ():
            if canonicalize_name(requirement.name) == FFI:
                least = [clause.version for clause in requirement.specifier if clause.operator in (">=", "==", "~=")]
                return str(requirement), (least or [""])[0]
        return None

    def _requirements(self) -> Iterator[Requirement]:
        for package in distributions(path=[str(self.path)]):
            yield from _required_by(package)

    def _is_met(self, requirement: Requirement) -> bool:
        here = self.distribution(requirement.name)
        try:
            found = here.version if here else version(requirement.name)
        except PackageNotFoundError:
            return False
        return requirement.specifier.contains(found, prereleases=True)


def _required_by(package: Distribution) -> Iterator[Requirement]:
    """What the package needs on this machine, extras left out."""
    for requirement in map(Requirement, package.requires or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement
