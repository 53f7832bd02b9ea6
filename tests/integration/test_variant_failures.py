"""What goes wrong with one TVM build, or with the naming of one, costs its own tests and nothing else."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.conftest import TINY, Project

from .conftest import ANY_TVM, ONE_KERNEL, Remote, results, unisolated


def test_what_goes_wrong_with_a_build_is_its_own(project: Project, remote: Remote) -> None:
    """Build error, missing branch, unreachable remote, wrong version, import error: at set-up, with the log's end."""
    table = {name: unisolated(name) for name in ("broken", "lying", "unimportable")}
    table["away"] = unisolated("main", remote=str(remote.setup_dir / "no-such-repository"))
    remote.home(project, variants=table)
    reasons = {
        "broken": "variant broken: the build failed (exit status 1)",
        "git:no-such-branch": f"variant git:no-such-branch: {remote.repo.remote} has no branch or tag no-such-branch",
        "away": "variant away: git ls-remote failed for",
        "lying": "variant lying: tvm says it is 0.91.0, not 0.90.0",
        "unimportable": "variant unimportable: import tvm failed (exit status 1)",
    }
    project.experiment("some", ONE_KERNEL, variants=[*reasons, "git:main"])
    project.experiment("other")
    result = project.night()
    assert result.ret == 1
    result.assert_outcomes(passed=4, errors=5)  # with the two prechecks
    for label, reason in reasons.items():
        test = next(entry for name, entry in results(project).items() if name == f"test_kernel[{label}]")
        assert (test["outcome"], test["failed_in"], test["measured"]) == ("failed", "setup", None)
        assert test["message"].startswith(reason)
    result.stdout.fnmatch_lines(["*#error line 99 of many*", "whole log: *.log"])
    result.stdout.fnmatch_lines(["*ImportError: this commit cannot be imported*"])
    status = project.status("some")
    assert status["setup"]["success"]
    assert not status["run"]["success"]
    lines = status["run"]["message"].splitlines()
    assert lines[0].startswith("5 of 6 tests failed: test_kernel[broken]: variant broken: the build failed")
    assert project.status("other")["run"]["success"]
    assert {entry.variant for entry in project.records("some")[0].measurements} == {"git:main"}


def test_all_builds_fail(project: Project, remote: Remote) -> None:
    """Where no build could be made, the experiment has failed at set-up and nothing is recorded."""
    remote.home(project)
    project.experiment("none", ONE_KERNEL, variants=["git:gone", "git:gone-too"])
    assert project.night().ret == 1
    setup = project.status("none")["setup"]
    assert not setup["success"]
    assert "no test got past set-up" in setup["message"]
    assert not project.records("none")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"variants": ["stabel"]}, "variants: there is no variant 'stabel'; did you mean \"stable\"?"),
        ({"compare": ["stable", "newest"]}, "compare: there is no variant 'newest'; known: "),
        ({"compare": ["stable", "stable"]}, "compare: stable cannot be compared with itself"),
        ({"tvm_branch": "a..b"}, 'tvm_branch: "a..b" is no name of a branch, tag or commit'),
        ({"variants": ["stable"], "tvm_branch": "main"}, "`tvm_branch` stands for the one variant there is"),
    ],
)
@pytest.mark.parametrize("code", [TINY, ANY_TVM], ids=["unused", "used"])
def test_unknown_variant(project: Project, remote: Remote, code: str, config: dict[str, Any], told: str) -> None:
    """It fails its experiment's precheck, used or not, with the nearest known one; the others run."""
    remote.home(project, variants={"stable": {"kind": "git", "ref": "main"}})
    project.experiment("bad", code, **config)
    project.experiment("good")
    assert project.night().ret == 1
    precheck = project.status("bad")["precheck"]
    assert not precheck["success"]
    assert precheck["message"].startswith("config/experiments/bad/config.json: ")
    assert told in precheck["message"]
    assert len(precheck["message"].splitlines()) == 1
    assert len(project.records("good")) == 1


def test_another_tvm_in_the_way(project: Project, remote: Remote) -> None:
    """An experiment whose own search path has another `tvm` first fails instead of measuring that one."""
    (project.root / "other" / "tvm").mkdir(parents=True)
    (project.root / "other" / "tvm" / "__init__.py").write_text("__version__ = '0.90.0'\n")
    (project.root / "bench" / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(project.root)!r} + '/other')\n"
    )
    remote.home(project)
    project.experiment("fooled", ANY_TVM, variants=["git:main"])
    assert project.run("bench", "--home", "H").ret == 1
    assert (
        f"variant git:main: tvm came from {project.root}/other/tvm, not from "
        in results(project)["test_any"]["message"]
    )


def test_label_that_an_author_makes_up(project: Project, remote: Remote) -> None:
    """Who parametrizes `tvm_variant` alone with what the config does not have gets a failure that says so."""
    remote.home(project)
    mark = '@pytest.mark.parametrize("tvm_variant", ["git:slow"], indirect=True)\ndef test_any'
    project.experiment("own", ANY_TVM.replace("def test_any", mark), variants=["git:main"])
    project.experiment("other")
    assert project.night().ret == 1
    message = results(project)["test_any[git:slow]"]["message"]
    assert message == "there is no variant 'git:slow' in the experiment's config: git:main"
    assert len(project.records("other")) == 1


def test_without_any_tvm(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no TVM is installed, tests that use the installed one skip, and others are measured."""
    (project.root / "path").mkdir()
    (project.root / "path" / "sitecustomize.py").write_text("import sys\nsys.modules['tvm'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(project.root / "path"))
    monkeypatch.setitem(sys.modules, "tvm", None)
    project.experiment("bare", ANY_TVM + "\ndef test_other(bench):\n    bench(len, 'x')\n")
    result = project.night()
    assert result.ret == 0
    result.assert_outcomes(passed=2, skipped=1)
    assert results(project)["test_any"]["message"].startswith("apache-tvm is not installed")
