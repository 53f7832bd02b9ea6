"""Whatever goes wrong ends in one error with its reason, the end of the log, and where the whole of it is."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from pytest_relaybench.errors import VariantError
from pytest_relaybench.variants import mirror
from pytest_relaybench.variants.spec import Git

from .conftest import ask
from .fake_tvm import commit_change


def failure(workshop, ref: str = "main", **settings) -> str:
    """The message of the error that asking for this variant ends in."""
    with pytest.raises(VariantError) as caught:
        workshop.provide(ref, **settings)
    return str(caught.value)


def test_build_error(workshop):
    """A commit that does not compile shows the last 50 lines of its log, which is kept whole."""
    commit_change(workshop.repo, broken=True)
    lines = failure(workshop).splitlines()
    assert lines[0] == f"variant git:{workshop.repo.remote}@@main: the build failed (exit status 1)"
    assert lines[-1].startswith("whole log: ")
    log = Path(lines[-1].removeprefix("whole log: ")).read_text()
    assert lines[1:-1] == log.splitlines()[-50:]
    assert "#error line 0 of many" in log
    assert workshop.entries() == []


def test_failure_is_told_to_each_who_asks(workshop):
    """A build that failed is not tried again on the same night."""
    commit_change(workshop.repo, broken=True)
    night = workshop.provisioner()
    for _ in range(2):
        with pytest.raises(VariantError, match="the build failed"):
            night.provide(workshop.git())
    assert workshop.builds == 1


def test_mended_branch_is_built(workshop):
    """After a failure, a commit that mends it is built, and older builds are untouched."""
    good = workshop.provide()
    commit_change(workshop.repo, broken=True)
    failure(workshop)
    commit_change(workshop.repo, work=3)
    assert ask(workshop.provide())["work"] == 3
    assert ask(good)["work"] == 1000


def test_import_error(workshop):
    """What builds and cannot be imported is refused with the traceback."""
    commit_change(workshop.repo, import_error=True)
    message = failure(workshop)
    assert ": import tvm failed" in message.splitlines()[0]
    assert "ImportError: this commit cannot be imported" in message
    assert workshop.entries() == []


def test_wrong_version(workshop):
    """So is what says that it is another version than it was built as."""
    commit_change(workshop.repo, version="0.92.0", says="0.91.0")
    assert "tvm says it is 0.91.0, not 0.92.0" in failure(workshop).splitlines()[0]
    assert workshop.entries() == []


def test_wrong_commit(workshop):
    """So is what says that it is of another commit."""
    workshop.repo.write({"python/tvm/_version.py": '__version__ = "0.90.0"\n__commit_id__ = "g0123456789"\n'})
    sha = workshop.repo.commit("claim another commit")
    assert f"tvm says it is of commit g0123456789, not {sha}" in failure(workshop).splitlines()[0]


def test_wheel_without_tvm(workshop):
    """So is a project that builds something else."""
    project = workshop.repo.path / "pyproject.toml"
    workshop.repo.write({"pyproject.toml": project.read_text().replace("python/tvm", "python/other")})
    workshop.repo.git("mv", "python/tvm", "python/other")
    workshop.repo.commit("rename the package")
    assert "holds no package tvm" in failure(workshop, cmake={}).splitlines()[0]


def test_no_project(workshop):
    """A commit without a project fails in pip, with pip's words."""
    workshop.repo.git("rm", "--quiet", "pyproject.toml")
    workshop.repo.commit("remove the project")
    message = failure(workshop)
    assert "the build failed" in message.splitlines()[0]
    assert "pyproject.toml" in message


@pytest.mark.parametrize("ref", ["nowhere", "heads/nowhere", "refs/pull/7/head", "0123456789", "0" * 40])
def test_missing_ref(workshop, ref):
    """A branch, tag or commit that the remote does not have is told by name, before anything is built."""
    first = failure(workshop, ref).splitlines()[0]
    assert ref in first
    assert workshop.builds == 0


def test_ambiguous_ref(workshop):
    """A branch and a tag of one name are told apart by the person who asks, not by luck."""
    workshop.repo.git("branch", "twin")
    workshop.repo.git("tag", "twin")
    assert (
        failure(workshop, "twin").splitlines()[0].endswith("has two things named twin: write heads/twin or tags/twin")
    )
    assert workshop.provide("heads/twin").variant.commit == workshop.provide("tags/twin").variant.commit


@pytest.mark.parametrize(
    ("remote", "reason"),
    [
        ("/nowhere/tvm", "'/nowhere/tvm' does not appear to be a git repository"),
        ("git://127.0.0.1:1/tvm", "unable to connect to 127.0.0.1"),
        ("https://localhost:1/tvm", "unable to access 'https://localhost:1/tvm/'"),
    ],
)
def test_unreachable_remote(workshop, remote, reason):
    """A remote that cannot be reached is told at once, in git's words."""
    with pytest.raises(VariantError) as caught:
        workshop.provisioner().provide(Git(remote, "main"))
    first = str(caught.value).splitlines()[0]
    assert f"git ls-remote failed for {remote}: " in first
    assert reason in first


def test_silent_remote(workshop, monkeypatch):
    """A remote that accepts and never answers is given up after a while."""
    monkeypatch.setattr(mirror, "ASK_TIMEOUT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        remote = f"git://127.0.0.1:{server.getsockname()[1]}/tvm"
        with pytest.raises(VariantError, match="git ls-remote failed"):
            workshop.provisioner().provide(Git(remote, "main"))


def test_vanished_submodule(workshop):
    """So is a submodule that cannot be fetched."""
    shutil.rmtree(workshop.root / "repo-steps")
    assert "git submodule failed" in failure(workshop).splitlines()[0]
    assert workshop.entries() == []


@pytest.fixture
def served(workshop):
    """The URL of a real server for the workshop's repository."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--export-all", "--reuseaddr", f"--base-path={workshop.root}", "--listen=127.0.0.1", f"--port={port}"]
    with subprocess.Popen(["git", "daemon", *options], start_new_session=True) as server:
        deadline = time.monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", port)) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"git://127.0.0.1:{port}/repo"
        os.killpg(server.pid, signal.SIGTERM)


def test_submodule_may_not_read_this_machine(workshop, served):
    """Submodules of a remote elsewhere are not fetched from paths of this machine."""
    with pytest.raises(VariantError, match="transport 'file' not allowed"):
        workshop.provisioner().provide(Git(served, "main", build_isolation=False))
    assert workshop.entries() == []


def test_submodule_that_is_not_wanted(workshop, served):
    """Where submodules are not wanted, none is fetched: a build over the network that needs none succeeds."""
    workshop.repo.git("rm", "--quiet", "3rdparty/steps")
    workshop.repo.write({"3rdparty/steps/include/step.h": "#define STEP 3\n"})
    workshop.repo.commit("carry the header")
    provided = workshop.provisioner().provide(Git(served, "main", submodules=False, build_isolation=False))
    assert ask(provided)["sum"] == 3000


def test_missing_tool_is_told_before_the_build(workshop, tmp_path):
    """LLVM that is asked for and not there is told in one line, instead of after half an hour."""
    first = failure(workshop, cmake={"USE_LLVM": str(tmp_path / "llvm-config")}).splitlines()[0]
    assert "LLVM is missing" in first
    assert workshop.builds == 0


def test_unwritable_folder(workshop):
    """A folder that cannot be written is the variant's failure, not the night's."""
    workshop.folder.write_text("a file stands in the way")
    with pytest.raises(VariantError, match="Error"):
        workshop.provide()


def test_nothing_is_built_when_that_is_forbidden(workshop):
    """Without building, what was never fetched or never built is refused, and what is there is taken."""
    closed = workshop.provisioner(build=False)
    with pytest.raises(VariantError, match="never fetched"):
        closed.provide(workshop.git())
    built = workshop.provide()
    with pytest.raises(VariantError, match="not built yet, and nothing is built with --no-build"):
        workshop.provisioner(build=False).provide(workshop.git(cmake={"FLAVOUR": "sweet"}))
    assert workshop.provisioner(build=False).provide(workshop.git()).pythonpath == built.pythonpath
    assert workshop.builds == 1


def test_no_remote_is_asked_when_building_is_forbidden(workshop):
    """Then the branch is what it was when last fetched, remote reachable or not."""
    built = workshop.provide()
    commit_change(workshop.repo, work=5)
    workshop.repo.path.rename(workshop.root / "away")
    assert workshop.provisioner(build=False).provide(workshop.git()).variant == built.variant


def test_damaged_build_is_made_anew(workshop):
    """A build from which files are gone is not handed out: it is built again, or refused where nothing may be built."""
    (workshop.provide().variant.path / "__init__.py").unlink()
    with pytest.raises(VariantError, match="is not whole"):
        workshop.provisioner(build=False).provide(workshop.git())
    assert ask(workshop.provide())["work"] == 1000
    assert workshop.builds == 2
