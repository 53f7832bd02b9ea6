"""The table of what is known of TVM's releases."""

from __future__ import annotations

from importlib.metadata import requires

from packaging.requirements import Requirement

from pytest_relaybench.variants.facts import RELEASES, release_of
from pytest_relaybench.variants.installed import installed


def test_versions_are_told_apart():
    """Each release stands there once, and what was built from source is not mistaken for one."""
    versions = [release.version for release in RELEASES]
    assert len(set(versions)) == len(versions)
    assert release_of("0.27.0") is not release_of("0.27.0.post1")
    assert release_of("0.28.dev0+g123") is None


def test_installed_release_agrees():
    """The commit is the wheel's own, and its tvm-ffi is one that the wheel allows."""
    variant = installed()
    release = release_of(variant.version)
    assert release.commit == variant.commit
    (bound,) = [Requirement(line) for line in requires("apache-tvm") if line.startswith("apache-tvm-ffi")]
    assert bound.specifier.contains(release.ffi, prereleases=True)
