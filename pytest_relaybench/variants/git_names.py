"""Which remotes and refs may be handed to git: those that can be neither an option nor a program to run."""

from __future__ import annotations

import re
from pathlib import Path

SCHEMES = ("https", "ssh", "git", "file")
FETCHED_OVER = "https:ssh:git"  # what submodules of a remote may be fetched over, as GIT_ALLOW_PROTOCOL lists it

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)")
_SCP_FORM = re.compile(r"(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9_][\w.-]*:[^:].*")
_REF_MARKS = re.compile(r"[\s~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)")
COMMIT = re.compile(r"[0-9a-f]{7,40}")
FULL_COMMIT = re.compile(r"[0-9a-f]{40}")


def checked_remote(remote: str) -> str:
    """The remote, `~` expanded; raises ValueError, in one line, for what git should not be given.

    Taken are URLs of the schemes https, ssh, git and file, the form `user@host:path`, and absolute paths.
    """
    _refuse_marks("remote", remote)
    scheme = _SCHEME.fullmatch(remote)
    if scheme:
        _check_url(remote, scheme[1].lower(), scheme[2])
        return remote
    if "::" in remote.partition("/")[0]:
        raise ValueError(f'the remote "{remote}" runs a program (known schemes: {", ".join(SCHEMES)})')
    if _SCP_FORM.fullmatch(remote):
        return remote
    path = Path(remote).expanduser()
    if not path.is_absolute():
        raise ValueError(f'the remote "{remote}" is neither a URL, nor user@host:path, nor an absolute path')
    return str(path)


def _check_url(remote: str, scheme: str, rest: str) -> None:
    user, at, host = rest.partition("/")[0].rpartition("@")
    if at and (scheme == "https" or ":" in user):
        # the message must not repeat it
        raise ValueError(
            f"a remote holds no user, password or token ({scheme}://…@{host}): git's credential helpers do"
        )
    if scheme not in SCHEMES:
        raise ValueError(f'the remote "{remote}" is of a scheme that is not taken (known: {", ".join(SCHEMES)})')
    if "%" in user + host:
        raise ValueError(f'the host of the remote "{remote}" holds a "%", behind which git may find any character')
    if host.startswith("-") or user.startswith("-"):
        raise ValueError(f'the host of the remote "{remote}" begins with "-", which programs take for an option')


def checked_ref(ref: str) -> str:
    """The ref as it is: a branch, a tag or a commit; raises ValueError for what is none."""
    _refuse_marks("ref", ref)
    if _REF_MARKS.search(ref) or ref.startswith(("/", ".")) or ref.endswith(("/", ".")) or ref == "@":
        raise ValueError(f'"{ref}" is no name of a branch, tag or commit')
    return ref


def _refuse_marks(what: str, text: str) -> None:
    if not text.strip():
        raise ValueError(f"the {what} is empty")
    if not text.isprintable():
        raise ValueError(f"the {what} {text!a} holds a character that cannot be printed")
    if text.startswith("-"):
        raise ValueError(f'the {what} "{text}" begins with "-", which git takes for an option')


def is_local(remote: str) -> bool:
    """Whether the remote lies on this machine: a path, or a file URL."""
    return remote.startswith(("/", "file://"))


def allowed_protocols(remote: str) -> str:
    """What git may fetch this remote's submodules over: those of a remote elsewhere may not read files here."""
    return f"{FETCHED_OVER}:file" if is_local(remote) else FETCHED_OVER
