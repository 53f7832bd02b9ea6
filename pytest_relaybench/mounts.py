"""The file system that a folder lies on, and whether its locks are seen by every host that can write there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MOUNTS = Path("/proc/self/mountinfo")  # proc(5)
# shared between hosts, while a lock stays in the kernel of the one that took it, or may
_SHARED = re.compile(r"9p|afs|cifs|fuse\..*|smb\w*|vboxsf|virtiofs|vmhgfs")
_NFS = re.compile(r"nfs4?")  # its locks are the server's, unless it is mounted otherwise
_LOCKS_AT_HOME = frozenset({"nolock", "local_lock=all", "local_lock=flock"})
_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """Where a file system is mounted, of which type, with which options."""

    folder: Path
    kind: str
    options: frozenset[str]


def type_without_shared_locks(folder: Path, mounts: Path = MOUNTS) -> str:
    """The type of the folder's file system when another host may hold a lock there unseen, "" when none may.

    Also where the system does not tell, as on macOS.
    """
    mount = _mount_of(Path(os.path.realpath(folder)), mounts)
    if mount is None:
        return ""
    at_home = _NFS.fullmatch(mount.kind) and mount.options & _LOCKS_AT_HOME
    return mount.kind if at_home or _SHARED.fullmatch(mount.kind) else ""


def _mount_of(folder: Path, mounts: Path) -> Mount | None:
    """The mount that the folder is seen through: of those above it the deepest, and of two at one place the later."""
    above = [mount for mount in _mounts(mounts) if folder.is_relative_to(mount.folder)]
    return max(reversed(above), key=lambda mount: len(mount.folder.parts), default=None)


def _mounts(mounts: Path) -> Iterator[Mount]:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return
    for line in lines:
        own, _, rest = line.partition(" - ")
        fields, told = own.split(), rest.split()
        if len(fields) > 5 and len(told) > 2:
            options = {*fields[5].split(","), *told[2].split(",")}
            yield Mount(Path(_OCTAL.sub(_character, fields[4])), told[0], frozenset(options))


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 8))
