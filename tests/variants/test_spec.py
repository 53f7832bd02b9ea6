"""What people write for a variant, and what is refused before git or pip sees it."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from pytest_relaybench.variants.entries import VariantEntry
from pytest_relaybench.variants.parsing import parse_table, parse_variant, parse_variants, resolve_compare
from pytest_relaybench.variants.spec import DEFAULT_REMOTE, Git, Installed, Release

FORK = "https://example.org/me/tvm.git"
TABLE = parse_table(
    {
        name: TypeAdapter(VariantEntry).validate_json(text)
        for name, text in {
            "wheel": '{"kind": "installed"}',
            "old": '{"kind": "release", "version": "0.25.0"}',
            "main": '{"kind": "git", "ref": "main", "cmake": {"USE_LLVM": "ON"}}',
            "fork": """{"kind": "git", "ref": "main", "remote": "/srv/tvm",
                        "submodules": false, "build_isolation": false}""",
        }.items()
    }
)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("installed", Installed()),
        ("release:0.27.0.post1", Release("0.27.0.post1")),
        ("git:main", Git(DEFAULT_REMOTE, "main", from_default=True)),
        ("git:me/a@b#c", Git(DEFAULT_REMOTE, "me/a@b#c", from_default=True)),
        (f"git:{FORK}@@my-branch", Git(FORK, "my-branch")),
        ("git:git@example.org:me/tvm.git@@v0.26.0", Git("git@example.org:me/tvm.git", "v0.26.0")),
        ("git:ssh://git@example.org:22/me/tvm@@main", Git("ssh://git@example.org:22/me/tvm", "main")),
        ("git:file:///srv/a@@b/tvm@@main", Git("file:///srv/a@@b/tvm", "main")),
        ("git:/srv/tvm@@0123abc", Git("/srv/tvm", "0123abc")),
        ("wheel", Installed("wheel")),
        ("old", Release("0.25.0", "old")),
        ("main", Git(DEFAULT_REMOTE, "main", {"USE_LLVM": "ON"}, from_default=True, name="main")),
        ("fork", Git("/srv/tvm", "main", submodules=False, build_isolation=False, name="fork")),
    ],
)
def test_ways_of_writing(text, spec):
    """Each way gives its variant, whose label is what was written."""
    assert parse_variant(text, TABLE) == spec
    assert spec.label == text


def test_home_is_expanded(monkeypatch):
    """A path may begin with `~`."""
    monkeypatch.setenv("HOME", "/home/somebody")
    assert parse_variant("git:~/tvm@@main", {}).remote == "/home/somebody/tvm"


def test_dashboards_remote():
    """`git:` without a remote means the dashboard's, and the label does not change with it."""
    spec = parse_variant("git:main", {}, FORK)
    assert (spec.remote, spec.label) == (FORK, "git:main")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("instaled", 'did you mean "installed"?'),
        ("mian", 'did you mean "main"?'),
        ("release:latest", "no version"),
        ("release:v0.26.0", "no version"),
        ("release: 0.26.0", "no version"),
        ("release:0.26.0 --pre", "no version"),
        ("git:", "the ref is empty"),
        (f"git:{FORK}@@", "the ref is empty"),
        ("git:@@main", "the remote is empty"),
        ("svn:trunk", "there is no variant 'svn:trunk'; known: fork, git:REF,"),
        ("", "there is no variant"),
    ],
)
def test_what_is_no_variant(text, said):
    """Anything else is refused in one line that says what would do."""
    with pytest.raises(ValueError, match=r"variant|version|ref|remote|comparison") as caught:
        parse_variant(text, TABLE)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "remote",
    [
        "--upload-pack=touch /tmp/x",
        "-oProxyCommand=x",
        "ext::sh -c touch% /tmp/x",
        "ext::/bin/sh",
        "fd::3",
        "ssh://-oProxyCommand=x/tvm",
        "ssh://git@-oProxyCommand=x/tvm",
        "-x:tvm",
        "git@-x:tvm",
        "http://example.org/tvm",
        "ftp://example.org/tvm",
        "javascript://x",
        "tvm",
        "../tvm",
        "https://example.org/a\nb",
        "/srv/\x1b[2J",
        " ",
    ],
)
def test_remotes_that_are_refused(remote):
    """A remote is never an option, a program, or a way that git is not to go."""
    with pytest.raises(ValueError, match="remote") as caught:
        Git(remote, "main")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "remote",
    ["https://me:hunter2@example.org/tvm", "https://hunter2@example.org/tvm", "ssh://git:hunter2@example.org/t"],
)
def test_secrets_in_remotes(remote):
    """A remote with a password or token is refused, and the secret is not repeated."""
    with pytest.raises(ValueError, match="credential helpers") as caught:
        Git(remote, "main")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "ref",
    ["-b", "--upload-pack=x", "a..b", "main~1", "main^", "a:b", "a b", "a\tb", "a\nb", "@{u}", "*", "a?", "[a]", "\\",
     "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.", "@", "", "ref\x00"],
)  # fmt: skip
def test_refs_that_are_refused(ref):
    """A ref is never an option, a range, or an expression."""
    with pytest.raises(ValueError, match=r"ref|no name of a branch"):
        Git(FORK, ref)


@pytest.mark.parametrize(
    "cmake", [{"A B": "1"}, {"-DA": "1"}, {"A": "1\n2"}, {"CMAKE_BUILD_TYPE": "Debug"}, {"CMAKE_INSTALL_PREFIX": "/"}]
)
def test_settings_that_are_refused(cmake):
    """CMake settings have names of CMake variables, and none that the build backend would ignore."""
    with pytest.raises(ValueError, match="no CMake setting"):
        Git(FORK, "main", cmake)


@pytest.mark.parametrize("name", ["installed", "git:x", "a..b", "", "-a", "a b", "release:1.0"])
def test_names_that_are_refused(name):
    """A name of the table is nothing that could be read in another way; the error begins with the name."""
    with pytest.raises(ValueError, match="is no name for a variant") as caught:
        parse_table({name: TypeAdapter(VariantEntry).validate_json('{"kind": "installed"}')})
    assert str(caught.value).startswith(f"{name}: ")


@pytest.mark.parametrize(
    "text",
    ['{"kind": "git"}', '{"kind": "git", "ref": "a", "cmake": {"A": 1}}', '{"kind": "svn"}',
     '{"kind": "release", "version": "1", "ref": "a"}', '{"ref": "main"}'],
)  # fmt: skip
def test_entries_that_are_refused(text):
    """An entry has a kind, and the keys of that kind."""
    with pytest.raises(ValidationError):
        TypeAdapter(VariantEntry).validate_json(text)


def test_variants_of_an_experiment():
    """They keep the order written, and repeats are dropped."""
    found = parse_variants(["release:0.26.0", "main", "release:0.26.0", "installed"], TABLE)
    assert [spec.label for spec in found] == ["release:0.26.0", "main", "installed"]


def test_predecessors_fields():
    """A branch alone comes from the dashboard's remote; a remote alone is where `git:` variants come from."""
    (branch,) = parse_variants(["installed"], {}, FORK, tvm_branch="my-branch")
    assert (branch.remote, branch.label) == (FORK, "git:my-branch")
    (both,) = parse_variants([], {}, tvm_remote="/srv/tvm", tvm_branch="my-branch")
    assert (both.remote, both.label) == ("/srv/tvm", "git:/srv/tvm@@my-branch")
    _, remote = parse_variants(["installed", "git:main"], {}, tvm_remote="/srv/tvm")
    assert (remote.remote, remote.label) == ("/srv/tvm", "git:/srv/tvm@@main")


def test_predecessors_branch_stands_alone():
    """A branch beside a list of variants would leave open which is meant."""
    with pytest.raises(ValueError, match="tvm_branch"):
        parse_variants(["release:0.26.0"], {}, tvm_branch="main")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("git:main..git:my-branch", ("git:main", "git:my-branch")),
        ("release:0.26.0..installed", ("release:0.26.0", "installed")),
        ("old..fork", ("old", "fork")),
        ("git:/srv/../tvm@@main..git:/srv/tvm@@b", ("git:/srv/../tvm@@main", "git:/srv/tvm@@b")),
        ("installed..installed", ("installed", "installed")),
    ],
)
def test_comparisons(text, labels):
    """Base and candidate stand around two dots, which may also stand in a path."""
    base, candidate = resolve_compare(text, TABLE)
    assert (base.label, candidate.label) == labels


@pytest.mark.parametrize(
    ("text", "said"),
    [("main", "no comparison"), ("main..nope", "no variant 'nope'"), ("..main", "no variant ''"),
     ("main...old", "no variant '.old'"), ("main..", "no variant ''")],
)  # fmt: skip
def test_what_is_no_comparison(text, said):
    """Anything else is refused with the side that is wrong."""
    with pytest.raises(ValueError, match=r"variant|version|ref|remote|comparison") as caught:
        resolve_compare(text, TABLE)
    assert said in str(caught.value)
