"""The build before: which is asked for, under what name, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_relaybench.confirming.bases import Bases, NoBaseError
from pytest_relaybench.errors import VariantError
from pytest_relaybench.variants.installed import Variant
from pytest_relaybench.variants.provision import Provided, Provisioner
from pytest_relaybench.variants.spec import Git, Installed, Release, Spec

OLD, NEW = "a" * 40, "b" * 40
REPOSITORY = Git("https://example.org/tvm", "main", cmake={"USE_LLVM": "ON"}, name="ours")


@dataclass
class Builds:
    """Stands for a provisioner: what it has, by ref or version."""

    have: dict[str, Variant]
    asked: list[Spec]

    def provide(self, spec: Spec) -> Provided:
        self.asked.append(spec)
        ref = spec.ref if isinstance(spec, Git) else spec.version if isinstance(spec, Release) else ""
        if ref not in self.have:
            raise VariantError(f"variant {spec.label}: it is not built yet\nand a log")
        return Provided(replace(self.have[ref], label=spec.label), ("/packages",))


def variant(version: str, commit: str | None, label: str = "ours") -> Provided:
    return Provided(Variant(label, version, commit, Path("/tvm")), ())


def bases(have: dict[str, Variant]) -> tuple[Bases, Builds]:
    builds = Builds(have, [])
    return Bases(cast("Provisioner", builds), cast("Provisioner", builds), builds_kept=5), builds


def test_git_build_of_the_commit_before() -> None:
    """The same repository and settings at the earlier commit, under the label of the series."""
    found, builds = bases({OLD: variant("0.9", OLD).variant})
    base = found.before(REPOSITORY, variant("0.9", NEW), OLD)
    assert builds.asked == [replace(REPOSITORY, ref=OLD, name="")]
    assert (base.variant.tvm_hash, base.variant.label) == (OLD, "ours")


@pytest.mark.parametrize("spec", [Installed(), Release("0.27.0", "last")])
def test_release_of_the_version_before(spec: Spec) -> None:
    """A wheel whose version changed is compared with the release of the version that it had."""
    found, builds = bases({"0.26.0": variant("0.26.0", "gc7b458e94").variant})
    base = found.before(spec, variant("0.27.0", "g4d0ac168c", spec.label), "0.26.0+gc7b458e94")
    assert builds.asked == [Release("0.26.0")]
    assert (base.variant.version, base.variant.label) == ("0.26.0", spec.label)


@pytest.mark.parametrize(
    ("spec", "base_hash", "told"),
    [
        (REPOSITORY, NEW, "the build is the same as before"),
        (REPOSITORY, None, "no build is known of the nights before"),
        (REPOSITORY, OLD, "the build before, aaaaaaaaaaaa, is not there any more (builds_kept = 5)"),
        (
            Installed(),
            "0.28.dev0+gabcdef123",
            "the build before, 0.28.dev0+ga, is not there: variant release:0.28.dev0",
        ),
        (Installed(), "unknown", '"unknown" is no version'),
        (Installed(), "0.26.0+gother", "cannot be had: its release is 0.26.0+gc7b458e94"),
    ],
)
def test_what_is_refused(spec: Spec, base_hash: Any, told: str) -> None:
    """Never another build under the name of the one before; the reason is one line."""
    found, _ = bases({"0.26.0": variant("0.26.0", "gc7b458e94").variant})
    with pytest.raises(NoBaseError) as raised:
        found.before(spec, variant("0.9", NEW), base_hash)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
