"""Links to the commits between two builds."""

from __future__ import annotations

import pytest

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.incidents.forges import commit_of, commit_url_pattern, compare_url, remote_of

A, B = "a" * 40, "b" * 40
PLACES = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/apache/tvm", f"https://github.com/apache/tvm/compare/{A}...{B}"),
        ("https://github.com/apache/tvm.git", f"https://github.com/apache/tvm/compare/{A}...{B}"),
        ("git@github.com:apache/tvm.git", f"https://github.com/apache/tvm/compare/{A}...{B}"),
        ("ssh://git@gitlab.example.org:2222/a/b/c.git", f"https://gitlab.example.org/a/b/c/-/compare/{A}...{B}"),
        ("https://codeberg.org/a/b/", f"https://codeberg.org/a/b/compare/{A}...{B}"),
        ("https://git.example.org/a/b", ""),
        ("/srv/git/tvm", ""),
        ("file:///srv/github.com/tvm", ""),
        ('https://github.com/a/b"onload=', ""),
        ("", ""),
    ],
)
def test_known_forges(remote, url):
    """GitHub, GitLab and Codeberg have such a page; of other hosts nobody knows."""
    assert compare_url(remote, A, B) == url


@pytest.mark.parametrize(
    ("build", "commit"),
    [(A, A), ("0.27.0.post1+g7b5acb32b", "7b5acb32b"), ("0.27.0", ""), ("0.27.0+gxyz", ""), ("", "")],
)
def test_commit_of_a_build(build, commit):
    """A git build is its commit, a wheel may tell one, a version alone is none."""
    assert commit_of(build) == commit
    assert compare_url("https://github.com/apache/tvm", build, build).endswith(f"{commit}...{commit}" if commit else "")


def test_remote_of_a_variant():
    """A variant's own remote, one of the table, the home's, and TVM's for what is installed."""
    table = {"fork": {"kind": "git", "remote": "https://github.com/me/tvm", "ref": "dev"}}
    config = HomeConfig(**PLACES, tvm_remote="https://gitlab.com/x/tvm", variants=table)
    assert remote_of("git:main", config) == "https://gitlab.com/x/tvm"
    assert remote_of("git:https://github.com/you/tvm@@main", config) == "https://github.com/you/tvm"
    assert remote_of("fork", config) == "https://github.com/me/tvm"
    assert remote_of("installed", config) == "https://github.com/apache/tvm"
    assert remote_of("no such", config) == ""


@pytest.mark.parametrize(
    ("remote", "pattern"),
    [
        ("https://github.com/apache/tvm.git", "https://github.com/apache/tvm/commit/{commit}"),
        ("ssh://git@gitlab.example.org:2222/a/b/c.git", "https://gitlab.example.org/a/b/c/-/commit/{commit}"),
        ("git@codeberg.org:a/b", "https://codeberg.org/a/b/commit/{commit}"),
        ("https://git.example.org/a/b", ""),
        ("https://github.com/a/{b}", ""),
        ('https://github.com/a/b"onload=', ""),
    ],
)
def test_the_page_of_any_commit(remote, pattern):
    """For who has many commits of one remote: a place for the commit, and no other braces."""
    assert commit_url_pattern(remote) == pattern
