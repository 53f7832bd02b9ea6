"""The build that a suspect is compared with: that of the last night before it, or why it cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..errors import VariantError
from ..home import VARIANTS_FOLDER
from ..state import Night
from ..variants.provision import Provided, Provisioner
from ..variants.spec import Git, Release, Spec

VERSION_END = "+"  # in the hash of a wheel: what follows is its commit


class NoBaseError(Exception):
    """There is no other build to compare with; the message is a line that says why."""


class Bases:
    """Provides earlier builds: of git variants those that `kept` has; releases by `made`, which may install them.

    A build of TVM takes longer than anything that is measured again, so none is made for that.
    """

    def __init__(self, kept: Provisioner, made: Provisioner, builds_kept: int) -> None:
        self._kept, self._made = kept, made
        self._builds_kept = builds_kept

    @classmethod
    def of(cls, night: Night, note: Callable[[str], None]) -> Bases:
        """Those of the night's folder of builds; `note` is told what takes long."""
        folder, settings = night.setup_dir / VARIANTS_FOLDER, night.settings.config
        kept, made = (
            Provisioner(folder, build=build, jobs=settings.build_jobs, keep=settings.builds_kept, note=note)
            for build in (False, night.options.build)
        )
        return cls(kept, made, settings.builds_kept)

    def before(self, spec: Spec, tonight: Provided, base_hash: str | None) -> Provided:
        """The variant as it was when its hash was `base_hash`, under its own label; raises NoBaseError."""
        if base_hash is None:
            raise NoBaseError("no build is known of the nights before")
        if base_hash == tonight.variant.tvm_hash:
            raise NoBaseError("the build is the same as before")
        try:
            found = self._find(spec, base_hash)
        except (VariantError, ValueError) as error:
            reason = str(error).splitlines()[0]
            why = f" any more (builds_kept = {self._builds_kept})" if isinstance(spec, Git) else f": {reason}"
            raise NoBaseError(f"the build before, {base_hash[:12]}, is not there{why}") from None
        if found.variant.tvm_hash != base_hash:
            raise NoBaseError(f"the build before, {base_hash}, cannot be had: its release is {found.variant.tvm_hash}")
        return replace(found, variant=replace(found.variant, label=tonight.variant.label))

    def _find(self, spec: Spec, base_hash: str) -> Provided:
        if isinstance(spec, Git):
            return self._kept.provide(replace(spec, ref=base_hash, name=""))
        return self._made.provide(Release(base_hash.partition(VERSION_END)[0]))
