"""What a person wants measured: the installed TVM, a release, or a state of a git repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.version import InvalidVersion, Version

from .git_names import checked_ref, checked_remote

DEFAULT_REMOTE = "https://github.com/apache/tvm"
REMOTE_MARK = "@@"  # between remote and ref: URLs hold "@", ":" and "#", refs hold "@" and "#"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]*")
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# scikit-build-core drops them from CMAKE_ARGS, and what is asked for must not be ignored in silence
_BACKENDS_OWN = frozenset({"CMAKE_BUILD_TYPE", "CMAKE_INSTALL_PREFIX"})


def _canonical(version: str) -> str | None:
    try:
        return str(Version(version))
    except InvalidVersion:
        return None


def checked_name(name: str) -> str:
    """A name for the table of variants; raises ValueError for one that would be read as something else."""
    if not _NAME.fullmatch(name) or ".." in name or name == "installed":
        raise ValueError(f'"{name}" is no name for a variant: letters, digits, "_", ".", "+" and "-", not "installed"')
    return name


@dataclass(frozen=True)
class Installed:
    """The TVM that the environment has. `name` is the one in the table of variants, if it stands there."""

    name: str = ""

    @property
    def label(self) -> str:
        """What series of this variant are called."""
        return self.name or "installed"


@dataclass(frozen=True)
class Release:
    """A release from the package index, by its exact version; raises ValueError when that is none."""

    version: str
    name: str = ""

    def __post_init__(self) -> None:
        if _canonical(self.version) != self.version:
            raise ValueError(f'"{ascii(self.version)[1:-1]}" is no version as in 0.26.0 or 0.27.0.post1')

    @property
    def label(self) -> str:
        """What series of this variant are called."""
        return self.name or f"release:{self.version}"


@dataclass(frozen=True)
class Git:
    """A branch, tag or commit of a repository, and how to build it; raises ValueError for what git must not be given.

    `cmake` holds settings such as `{"USE_LLVM": "ON"}`. Without `build_isolation` the tools that the project builds
    with are taken from the environment instead of being installed for each build. `from_default` says that the remote
    is the dashboard's own, which labels leave out.
    """

    remote: str
    ref: str
    cmake: Mapping[str, str] = field(default_factory=dict, hash=False)
    submodules: bool = True
    build_isolation: bool = True
    from_default: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "remote", checked_remote(self.remote))
        checked_ref(self.ref)
        for key, value in self.cmake.items():
            if not _SETTING.fullmatch(key) or key in _BACKENDS_OWN or not value.isprintable():
                raise ValueError(f"{key!a}: {value!a} is no CMake setting that can be given")
        object.__setattr__(self, "cmake", dict(sorted(self.cmake.items())))

    @property
    def label(self) -> str:
        """What series of this variant are called: the same for every commit that the branch ever has."""
        return self.name or f"git:{'' if self.from_default else self.remote + REMOTE_MARK}{self.ref}"


Spec = Installed | Release | Git
