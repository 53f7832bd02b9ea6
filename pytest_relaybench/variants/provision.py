"""From a variant that somebody asks for to a TVM that a child can import: cached, or refused with a reason."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import VariantError
from ..setup_cache import SetupCache
from .build_log import BuildLog, drop_old_logs
from .built import Built, packages_of, read_built, tvm_of
from .facts import release_of
from .git_build import GitBuild
from .installed import Variant, installed
from .mirror import Mirror
from .pruning import begin_use, prune
from .release import install_release
from .spec import Git, Installed, Release, Spec
from .toolchain import parallel_jobs, toolchain_identity

BUILDS = "builds"
MIRRORS = "mirrors"
LOGS = "logs"
ATTEMPTS = 3
NO_FILE_NAME = str.maketrans("+!", "--")  # of what versions may hold

Fill = Callable[[Path], None]


@dataclass(frozen=True)
class Provided:
    """A variant that can be imported by an interpreter whose PYTHONPATH begins with `pythonpath`."""

    variant: Variant
    pythonpath: tuple[str, ...]


class Provisioner:
    """Provides variants, keeping builds, mirrors of repositories and logs below `folder`.

    With `build` false only what is there is taken, and no remote is asked. `jobs` limits the compilers that run at
    once, beyond what the machine does. `prune` keeps the `keep` most recently used builds. `note` is told, in a line,
    what takes long. What was asked for once stays the same for the life of this object, failures included: a branch
    that moves meanwhile has no say.
    """

    def __init__(self, folder: Path, *, build: bool, jobs: int | None, keep: int, note: Callable[[str], None]) -> None:
        self._folder = folder.absolute()
        self._build = build
        self._jobs = jobs
        self._keep = keep
        self._note = note
        self._known: dict[Spec, Provided | VariantError] = {}
        self._in_use: list[BinaryIO] = []
        weakref.finalize(self, _close, self._in_use)

    def provide(self, spec: Spec) -> Provided:
        """The variant, ready to be imported.

        Raises VariantError: a line with the reason, the last 50 lines of the log, and where the whole log is.
        """
        if spec not in self._known:
            try:
                self._known[spec] = self._provide(spec)
            except VariantError as error:
                self._known[spec] = error
        found = self._known[spec]
        if isinstance(found, VariantError):
            raise VariantError(str(found))
        return found

    def prune(self) -> list[str]:
        """Remove old builds and logs, to be called when all variants of the night are provided; the builds' names."""
        drop_old_logs(self._folder / LOGS)
        return prune(self._folder / BUILDS, self._keep)

    def mirror(self, spec: Git) -> Mirror:
        """The mirror that the variant is built from."""
        return self._mirror(spec, self._log(spec))

    def _log(self, spec: Spec) -> BuildLog:
        return BuildLog(self._folder / LOGS, spec.label)

    def _mirror(self, spec: Git, log: BuildLog) -> Mirror:
        return Mirror(self._folder / MIRRORS, spec.remote, log)

    def _provide(self, spec: Spec) -> Provided:
        if isinstance(spec, Installed):
            variant = installed()
            if variant is None:
                raise VariantError(f"variant {spec.label}: TVM is not installed: pip install apache-tvm")
            return Provided(replace(variant, label=spec.label), ())
        log = self._log(spec)
        try:
            return self._release(spec, log) if isinstance(spec, Release) else self._commit(spec, log)
        except (OSError, ImportError, ValueError, SyntaxError) as error:  # a full disk, no git, a damaged build
            raise log.failure(f"{type(error).__name__}: {error}") from error

    def _release(self, spec: Release, log: BuildLog) -> Provided:
        known = release_of(spec.version)
        inputs = [spec.version, known.ffi if known else None, toolchain_identity({})["python"]]

        def fill(content: Path) -> None:
            self._note(f"installing {spec.label}, log: {log.path}")
            install_release(spec.version, content, log, self._note)

        return self._cached(spec, f"release-{spec.version.translate(NO_FILE_NAME)}", inputs, fill, log)

    def _commit(self, spec: Git, log: BuildLog) -> Provided:
        mirror = self._mirror(spec, log)
        commit = mirror.commit_of(spec.ref) if self._build else mirror.local_commit(spec.ref)
        if commit is None:
            raise log.failure("it was never fetched, and nothing is built with --no-build")
        build = GitBuild(spec, commit, mirror, log, parallel_jobs(self._jobs), self._note)
        return self._cached(spec, f"git-{commit[:12]}", build.inputs(), build.fill, log)

    def _cached(self, spec: Spec, name: str, inputs: list[Any], fill: Fill, log: BuildLog) -> Provided:
        """The build of that name and inputs, filled now where it is not there or not whole."""

        def build(content: Path) -> None:
            # the cache's key holds the source of this function: whoever changes it builds every variant anew
            fill(content) if self._build else _refuse(log)

        for attempt in range(ATTEMPTS):
            # what is there and not whole was damaged from outside, and is made anew where building is allowed
            cache = SetupCache(self._folder / BUILDS, rerun=attempt > 0 and self._build)
            content = cache(name, build, *inputs)
            use = begin_use(content.parent)
            built = read_built(content)
            if use and built:
                self._in_use.append(use)
                return _provided(spec, built, content)
            if use:
                use.close()
        raise log.failure(f"{content.parent} is not whole; delete it to have it built anew")


def _refuse(log: BuildLog) -> None:
    raise log.failure("it is not built yet, and nothing is built with --no-build")


def _provided(spec: Spec, built: Built, content: Path) -> Provided:
    variant = Variant(spec.label, built.version, built.commit, tvm_of(content))
    return Provided(variant, (str(packages_of(content)),))


def _close(files: list[BinaryIO]) -> None:
    """Let go of the builds in use, when whoever asked for them is gone."""
    for file in files:
        file.close()
