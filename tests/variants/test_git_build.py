"""TVM from a real repository: found, built once, imported by children, built anew when what matters changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pytest_relaybench.errors import MeasurementError
from pytest_relaybench.variants import toolchain
from pytest_relaybench.variants.spec import Git, Installed

from .conftest import Workshop, ask
from .fake_tvm import STEP, commit_change, make_repository


def test_branch_is_built_and_imported(workshop):
    """A child gets the build of the branch's commit, with its submodule; the variant tells version, commit and path."""
    sha = commit_change(workshop.repo, work=700, version="0.91.0")
    provided = workshop.provide()
    told = ask(provided)
    assert told["work"] == 700
    assert told["sum"] == 700 * STEP
    variant = provided.variant
    assert (variant.label, variant.commit) == (f"git:{workshop.repo.remote}@@main", sha)
    assert variant.version == told["version"] == "0.91.0"
    assert str(variant.path / "__init__.py") == told["path"]


def test_source_is_not_kept(workshop):
    """Of a build only the packages and what is known of it stay, the log with it."""
    content = workshop.provide().variant.path.parents[1]
    assert sorted(path.name for path in content.iterdir()) == ["build.log", "built.json", "packages"]
    assert "Building CXX object" in (content / "build.log").read_text()
    assert list((workshop.folder / "mirrors").glob("*.git/worktrees/*")) == []


def test_second_night_builds_nothing(workshop):
    """The same commit is taken from the cache, by whatever name it was asked for."""
    sha = workshop.repo.git("rev-parse", "HEAD")
    workshop.repo.git("tag", "v1")
    workshop.repo.git("tag", "--annotate", "--message", "second", "v2")
    names = ["main", "main", "v1", "v2", "tags/v1", "refs/tags/v2", sha, sha[:10]]
    assert {workshop.provide(name).variant.commit for name in names} == {sha}
    assert {ask(workshop.provide(name))["path"] for name in names[::3]} == {
        str(workshop.provide().variant.path / "__init__.py")
    }
    assert workshop.builds == 1


def test_fork_shares_builds(workshop, tmp_path):
    """A commit that another remote has too is not built again, and the label tells the remotes apart."""
    first = workshop.provide()
    subprocess.run(["git", "clone", "--quiet", workshop.repo.remote, tmp_path / "fork"], check=True)
    fork = Git(str(tmp_path / "fork"), "main", build_isolation=False)
    second = workshop.provisioner().provide(fork)
    assert first.pythonpath == second.pythonpath
    assert first.variant.label != second.variant.label
    assert workshop.builds == 1


def test_moved_branch_is_built_anew(workshop):
    """A branch of the same name that moved is another commit, at its own place, under the same label."""
    before = workshop.provide()
    sha = commit_change(workshop.repo, work=5)
    after = workshop.provide()
    assert after.variant.commit == sha != before.variant.commit
    assert (ask(before)["work"], ask(after)["work"]) == (1000, 5)
    assert before.variant.label == after.variant.label
    with pytest.raises(MeasurementError, match="not from"):
        _check_in_child(before, after)


def _check_in_child(claimed, given) -> None:
    """`check_imported` of one variant in a child that has another."""
    code = (
        "import sys, json; from pathlib import Path; from pytest_relaybench.variants.installed import Variant\n"
        "label, version, commit, path = json.loads(sys.argv[1])\n"
        "try: Variant(label, version, commit, Path(path)).check_imported()\n"
        "except Exception as error: print(error)"
    )
    variant = claimed.variant
    told = json.dumps([variant.label, variant.version, variant.commit, str(variant.path)])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(given.pythonpath)}
    said = subprocess.check_output([sys.executable, "-c", code, told], env=env, text=True)
    if said:
        raise MeasurementError(said)


def test_child_checks_what_it_imports(workshop):
    """In the right child the check passes."""
    provided = workshop.provide()
    _check_in_child(provided, provided)
    assert provided.pythonpath


def test_branch_that_was_set_back(workshop):
    """A branch that was forced to an older commit gives that one, also where nothing may be built."""
    old = workshop.repo.git("rev-parse", "HEAD")
    workshop.provide()
    commit_change(workshop.repo, work=5)
    workshop.provide()
    workshop.repo.git("reset", "--hard", "--quiet", old)
    assert workshop.provide().variant.commit == old
    assert workshop.provisioner(build=False).provide(workshop.git()).variant.commit == old
    assert workshop.builds == 2


def test_branch_moves_during_a_night(workshop):
    """What a label means does not change within a night."""
    night = workshop.provisioner()
    first = night.provide(workshop.git())
    commit_change(workshop.repo, work=5)
    assert night.provide(workshop.git()) is first


def test_commit_of_no_branch(workshop):
    """A commit that only a pull request's ref still holds is found by that ref, and by its full name."""
    sha = commit_change(workshop.repo, work=7)
    workshop.repo.git("update-ref", "refs/pull/1/head", sha)
    workshop.repo.git("reset", "--hard", "--quiet", "HEAD~1")
    assert workshop.provide(sha).variant.commit == sha
    assert workshop.provide("refs/pull/1/head").variant.commit == sha
    assert workshop.builds == 1


def test_settings_make_another_build(workshop):
    """CMake settings reach the compiler, before those of the project, and each set of them has its own build."""
    flavours = [None, "spicy hot", "sweet", "spicy hot"]
    told = [ask(workshop.provide(cmake={"FLAVOUR": flavour} if flavour else {}))["flavour"] for flavour in flavours]
    assert told == ["plain", "spicy hot", "sweet", "spicy hot"]
    assert workshop.builds == 3


@pytest.mark.parametrize("variable", ["CXXFLAGS", "CXX"])
def test_another_compiler_makes_another_build(workshop, monkeypatch, tmp_path, variable):
    """So do compilers and their flags from the environment."""
    compiler = tmp_path / "other-c++"
    compiler.write_text('#!/bin/sh\n[ "$1" = --version ] && echo other 1.0 && exit\nexec c++ "$@"\n')
    compiler.chmod(0o755)
    first = workshop.provide()
    monkeypatch.setenv(variable, {"CXXFLAGS": "-O1", "CXX": str(compiler)}[variable])
    assert workshop.provide().pythonpath != first.pythonpath
    assert workshop.builds == 2


def test_build_gets_no_more_jobs_than_the_machine_has(workshop):
    """The number of compilers that run at once is limited, and the build is told."""
    workshop.provide()
    (log,) = workshop.folder.glob("builds/*/content/build.log")
    assert f"CMAKE_BUILD_PARALLEL_LEVEL={toolchain.parallel_jobs(2)}\n" in log.read_text()


def test_isolated_build(workshop):
    """By default the tools that the project names are installed for the build, and only for it."""
    provided = workshop.provide(build_isolation=True)
    assert ask(provided)["work"] == 1000
    assert "Installing build dependencies" in (provided.variant.path.parents[1] / "build.log").read_text()


def test_ffi_in_the_tree_is_built_too(tmp_path):
    """A repository that carries its tvm-ffi, as TVM does, gets that one and none from an index."""
    workshop = Workshop(tmp_path, make_repository(tmp_path / "repo", ffi=True))
    provided = workshop.provide()
    code = "import json, tvm_ffi, tvm; from importlib.metadata import version\n"
    told = ask(provided, code + "print(json.dumps([tvm_ffi.__file__, version('apache-tvm-ffi')]))")
    assert told == [str(provided.variant.path.parent / "tvm_ffi" / "__init__.py"), "0.90.1"]


def test_submodule_that_moved(workshop, tmp_path):
    """A commit's submodule is fetched from where that commit says it is."""
    workshop.provide()
    (workshop.root / "repo-steps").rename(tmp_path / "moved")
    workshop.repo.git("config", "--file", ".gitmodules", "submodule.3rdparty/steps.url", str(tmp_path / "moved"))
    commit_change(workshop.repo, work=9)
    assert ask(workshop.provide())["sum"] == 9 * STEP


def test_installed_needs_nothing(workshop):
    """The environment's own TVM is there without any folder, also under a name."""
    provided = workshop.provisioner(build=False).provide(Installed("wheel"))
    assert provided.pythonpath == ()
    assert provided.variant.label == "wheel"
    assert not workshop.folder.exists()
