"""What is handed to git and pip: nothing from a config that they take for an option, a program or another place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.errors import VariantError
from pytest_relaybench.variants.build_log import BuildLog
from pytest_relaybench.variants.mirror import Mirror
from pytest_relaybench.variants.parsing import parse_variant, resolve_compare

REMOTES = [
    "--upload-pack=touch pwned", "-u", "--config=core.sshCommand=touch pwned", "ext::sh -c touch% pwned", "fd::17",
    "EXT::sh", "ext::", "ssh://-oProxyCommand=touch%20pwned/x", "ssh://%2DoProxyCommand=x/tvm", "ssh://a%0ab/x",
    "https://example.org%2F@evil/x", "git@-oProxyCommand=x:tvm", "-oProxyCommand=x:tvm", "http://example.org/x",
    "ftp://example.org/x", "file+ext://x", "testgit::x", "a::b", "../tvm", "$(touch pwned)", "`touch pwned`",
    "https://u:p@example.org/x", "https://example.org/x\n--upload-pack=y", "",
]  # fmt: skip
REFS = [
    "--upload-pack=touch pwned", "-b", "--output=pwned", "a b", "a\tb", "main --exec=x", "+refs/*:refs/*", "a:b", "..",
    "main..x", "@{-1}", "a^{/x}", ":/x", "\x1b[2J", "a\n--b", "",
]  # fmt: skip
REFUSED = r"the remote|neither a URL|user, password|no name of a branch|the ref"
VERSIONS = [
    "--index-url=https://evil.example", "0.26.0 --index-url=https://evil.example", "-r/etc/passwd", "latest", "0.26.*",
    ">=0.26", "@ https://evil.example/x.whl", "0.26.0 @ file:///tmp/x", "0.26.0;python_version>'3'", "../x",
    "/tmp/x.whl", "git+https://evil.example/x", "0.26.0\n--pre", "",
]  # fmt: skip


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that holds a line for each time that git, ssh or a shell is started."""
    told = tmp_path / "started"
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "ssh", "sh", "pip"):
        (folder / name).write_text(f'#!/bin/bash\necho "{name} $*" >> {told}\nexit 1\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("GIT_PYTHON_GIT_EXECUTABLE", str(folder / "git"))
    return told


@pytest.mark.parametrize("remote", REMOTES)
def test_no_remote_but_an_address(remote: str) -> None:
    """Refused by name, in one line, in whatever way a variant is written."""
    for text in (f"git:{remote}@@main", f"git:{remote}@@main..installed"):
        with pytest.raises(ValueError, match=REFUSED) as caught:
            resolve_compare(text, {}) if ".." in text.rpartition("@@")[2] else parse_variant(text, {})
        assert str(caught.value).isprintable()
    with pytest.raises(ValueError, match=REFUSED):
        parse_variant("git:main", {}, remote)
    with pytest.raises(ValueError, match=REFUSED):
        parse_variant("git:main", {}, tvm_remote=remote)


@pytest.mark.parametrize("ref", REFS)
def test_no_ref_but_a_name(ref: str) -> None:
    """A branch, a tag or a commit: no option, no range, no refspec, no blank."""
    with pytest.raises(ValueError, match=r"the ref|no name of a branch"):
        parse_variant(f"git:{ref}", {})


@pytest.mark.parametrize("version", VERSIONS)
def test_no_release_but_a_version(version: str) -> None:
    """What pip would take for an option, a file, an address or several versions is none."""
    with pytest.raises(ValueError, match="is no version"):
        parse_variant(f"release:{version}", {})


@pytest.mark.parametrize(
    "config",
    [
        {"tvm_remote": "--upload-pack=touch pwned", "variants": ["git:main"]},
        {"tvm_remote": "ext::sh -c touch% pwned", "tvm_branch": "main"},
        {"tvm_branch": "--output=pwned"},
        {"variants": ["release:--index-url=https://evil.example"]},
        {"variants": ["git:https://u:p@example.org/x@@main"]},
    ],
)
def test_a_config_starts_no_program(
    config: dict[str, object], tmp_path: Path, programs: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The fault is told before git, ssh, pip or a shell is asked."""
    main(["init", "--empty", str(tmp_path / "H")])
    bench = tmp_path / "bench"
    bench.mkdir()
    (bench / "test_demo_of_security.py").write_text("def test_a(): pass\n")
    path = tmp_path / "H" / "config" / "experiments" / "demo_of_security" / "config.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"active": True, **config}))
    monkeypatch.chdir(tmp_path)
    for subsystem in (tmp_path / "H" / "config" / "subsystem").iterdir():
        (subsystem / "config.json").unlink()
    assert main(["check", str(tmp_path / "H"), "--bench", str(bench)]) == 1
    told = capsys.readouterr().out
    assert "experiments/demo_of_security/config.json" in told
    assert "u:p" not in told
    assert not programs.exists()


def test_git_itself_refuses_other_transports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git's own configuration turns an address into a program, none is started."""
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "ext::touch {tmp_path}/pwned "]\n insteadOf = https://example.invalid/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    mirror = Mirror(tmp_path / "mirrors", "https://example.invalid/tvm", BuildLog(tmp_path / "logs", "git:main"))
    with pytest.raises(VariantError, match="transport 'ext' not allowed"):
        mirror.commit_of("main")
    assert not (tmp_path / "pwned").exists()
