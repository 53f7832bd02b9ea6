"""A release of TVM from the package index, with the tvm-ffi that it works with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .build_log import BuildLog
from .built import finish, packages_of
from .facts import release_of
from .installed import DISTRIBUTION, FFI_DISTRIBUTION
from .target_folder import TargetFolder

# without wheels pip would begin to build TVM from source
_WHEELS_ONLY = ("--only-binary", ":all:")


def install_release(version: str, content: Path, log: BuildLog, note: Callable[[str], None]) -> None:
    """Install the wheels of `apache-tvm` and `apache-tvm-ffi` below `content`; raises VariantError."""
    target = TargetFolder(packages_of(content), log)
    target.install(f"{DISTRIBUTION}=={version}", options=_WHEELS_ONLY)
    known = release_of(version)
    if known:
        target.install(f"{FFI_DISTRIBUTION}=={known.ffi}", options=_WHEELS_ONLY)
    else:
        install_least_ffi(target, DISTRIBUTION, log, note)
    target.install_missing()
    finish(content, log, version=version, commit=known.commit if known else None)


def install_least_ffi(target: TargetFolder, package: str, log: BuildLog, note: Callable[[str], None]) -> None:
    """The lowest tvm-ffi that the package allows: of every release tried, that is the one that works (facts.py)."""
    ffi = target.least_ffi(package)
    if ffi is None:
        return
    requirement, least = ffi
    chosen = f"{FFI_DISTRIBUTION}=={least}" if least else requirement
    told = f"{log.label}: nothing is known of its tvm-ffi, taking {chosen}, the lowest that {requirement} allows"
    log.write(told)
    note(told)
    target.install(chosen, options=_WHEELS_ONLY)
