"""Which file systems keep a lock to themselves though other hosts may write there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_relaybench.mounts import type_without_shared_locks

TABLE = r"""
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /srv/team rw shared:5 - nfs4 server:/team rw,vers=4.2,local_lock=none
31 22 0:41 / /srv/old rw - nfs server:/old rw,vers=3,nolock,local_lock=all
32 22 0:42 / /srv/with\040blank rw - cifs //server/share rw
33 32 0:43 / /srv/with\040blank/here rw - tmpfs tmpfs rw
34 22 0:44 / /srv/far rw - fuse.sshfs me@far:/ rw
35 22 0:45 / /srv/twice rw - 9p host rw
36 35 8:2 / /srv/twice rw - xfs /dev/sdb1 rw
half a line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/dashboard", ""),
        ("/srv/team/dashboard", ""),
        ("/srv/teams", ""),
        ("/srv/old", "nfs"),
        ("/srv/with blank/dashboard", "cifs"),
        ("/srv/with blank/here/dashboard", ""),
        ("/srv/far/dashboard", "fuse.sshfs"),
        ("/srv/twice/dashboard", ""),
    ],
)
def test_file_systems(tmp_path: Path, folder: str, kind: str) -> None:
    """The deepest mount counts, of two at one place the later; NFS shares its locks unless it is mounted otherwise."""
    (tmp_path / "mountinfo").write_text(TABLE)
    assert type_without_shared_locks(Path(folder), tmp_path / "mountinfo") == kind


def test_system_that_does_not_tell(tmp_path: Path) -> None:
    """Without the kernel's table nothing is suspected."""
    assert type_without_shared_locks(tmp_path, tmp_path / "nothing") == ""


def test_this_machine(tmp_path: Path) -> None:
    """The real table is read, and a temporary folder's file system is this machine's own."""
    assert type_without_shared_locks(tmp_path) == ""
